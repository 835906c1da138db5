"""A product that follows the changes of another: inserts, updates and deletes, each once, in their order."""

from __future__ import annotations

from typing import Any

SOURCE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/up", schema: {id: bigint, v: string, n: int}}
outputPorts:
  out: {kind: delta, from: in, write: merge, keys: [id], sequenceBy: [n], deleteWhen: v = 'void'}
"""
COPY = """
inputPorts:
  up: {kind: product, product: shop.source, port: out, read: changes, where: n < 10}
transformations:
  told: {sql: "select id, upper(v) as v, _change_type, _commit_version from up"}
  split: {sql: "select id, n, explode(split(v, '')) as part, _change_type, _commit_version from up"}
  timed: {sql: "select id, n, v, _change_type from up"}
outputPorts:
  out:
    kind: delta
    from: told
    write: merge
    keys: [id]
    sequenceBy: [_commit_version]
    schema: {id: bigint, v: string}
  log: {kind: delta, from: told, write: append, schema: {id: bigint, v: string}}
  parts:
    kind: delta
    from: split
    write: overwrite
    by: [id]
    sequenceBy: [_commit_version]
    schema: {id: bigint, part: string, n: int}
  versions:
    kind: delta
    from: timed
    write: history
    keys: [id]
    sequenceBy: [n]
    deleteWhen: _change_type = 'delete'
    schema: {id: bigint, v: string, n: int}
"""


def parts_of(mini: Any) -> dict[int, str]:
    parts: dict[int, str] = {}
    for row in sorted(mini.rows("copy/parts"), key=lambda row: str(row["part"])):
        parts[row["id"]] = parts.get(row["id"], "") + row["part"]
    return parts


def test_a_copy_follows_inserts_updates_and_deletes(mini: Any) -> None:
    mini.product("source", SOURCE)
    mini.product("copy", COPY)

    def goes(number: int, *rows: tuple[int, str, int]) -> dict[int, str]:
        mini.land(f"up/{number}.json", *({"id": id_, "v": v, "n": n} for id_, v, n in rows))
        mini.ran("source")
        mini.ran("copy")
        return {row["id"]: row["v"] for row in mini.rows("copy/out")}

    assert goes(1, (1, "a", 1), (2, "b", 1), (3, "c", 1), (4, "d", 11)) == {1: "A", 2: "B", 3: "C"}
    assert parts_of(mini) == {1: "a", 2: "b", 3: "c"}
    # 1 is updated, 2 deleted, 3 leaves what is asked for, 4 was never asked for.
    assert goes(2, (1, "aa", 2), (2, "void", 2), (3, "c", 12), (4, "void", 12)) == {1: "AA"}
    assert parts_of(mini) == {1: "aa"}
    assert goes(3, (2, "back", 3), (5, "e", 1)) == {1: "AA", 2: "BACK", 5: "E"}
    assert parts_of(mini) == {1: "aa", 2: "abck", 5: "e"}
    # In a history with a time of its own a deleted row takes back the version that it told of.
    versions = [(row["id"], row["n"], row["v"], row["valid_to"]) for row in mini.rows("copy/versions")]
    assert sorted(versions) == [
        (1, 1, "a", 2), (1, 2, "aa", None), (2, 1, None, 1), (2, 3, "back", None),
        (3, 1, "c", 12), (3, 12, None, 12), (4, 11, None, 11), (5, 1, "e", None),
    ]  # fmt: skip
    assert sorted(mini.rows("copy/out")[0]) == ["_upstream_version", "id", "v"]
    assert sorted(mini.rows("copy/log")[0]) == ["id", "v"]
