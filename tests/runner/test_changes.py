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
outputPorts:
  out:
    kind: delta
    from: told
    write: merge
    keys: [id]
    sequenceBy: [_commit_version]
    schema: {id: bigint, v: string}
  log: {kind: delta, from: told, write: append, schema: {id: bigint, v: string}}
"""


def test_a_copy_follows_inserts_updates_and_deletes(mini: Any) -> None:
    mini.product("source", SOURCE)
    mini.product("copy", COPY)

    def goes(number: int, *rows: tuple[int, str, int]) -> dict[int, str]:
        mini.land(f"up/{number}.json", *({"id": id_, "v": v, "n": n} for id_, v, n in rows))
        mini.ran("source")
        mini.ran("copy")
        return {row["id"]: row["v"] for row in mini.rows("copy/out")}

    assert goes(1, (1, "a", 1), (2, "b", 1), (3, "c", 1), (4, "d", 11)) == {1: "A", 2: "B", 3: "C"}
    # 1 is updated, 2 deleted, 3 leaves what is asked for, 4 was never asked for.
    assert goes(2, (1, "aa", 2), (2, "void", 2), (3, "c", 12), (4, "void", 12)) == {1: "AA"}
    assert goes(3, (2, "back", 3), (5, "e", 1)) == {1: "AA", 2: "BACK", 5: "E"}
    assert sorted(mini.rows("copy/out")[0]) == ["_upstream_version", "id", "v"]
    assert sorted(mini.rows("copy/log")[0]) == ["id", "v"]
