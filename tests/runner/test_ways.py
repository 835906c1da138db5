"""One product with every way of writing that needs more than its batch: run, stopped in the middle, read."""

from __future__ import annotations

from typing import Any

import pytest

from lakemesh.observe.events import BatchClosed
from lakemesh.query.ask import read_sql
from lakemesh.runner import landing

ORDERS = """
inputPorts:
  records:
    kind: blob
    path: ${landing.shop}/in
    schema: {id: string, seq: bigint, v: string, lines: "array<string>"}
transformations:
  heads: {kind: drop, from: records, columns: [lines]}
  exploded: {kind: explode, from: records, column: lines, as: line}
  lines: {kind: drop, from: exploded, columns: [v]}
outputPorts:
  orders:
    from: heads
    write: merge
    keys: [id]
    sequenceBy: [seq]
    deleteWhen: v = 'gone'
    schema: {id: string, seq: bigint, v: string}
    quality:
      - expect_column_values_to_be_unique: {column: v}
  versions:
    from: heads
    write: history
    keys: [id]
    sequenceBy: [seq]
    deleteWhen: v = 'gone'
    schema: {id: string, seq: bigint, v: string}
  lines: {from: lines, write: overwrite, by: [id], sequenceBy: [seq]}
  dear:
    kind: view
    sql: select o.id, upper(o.v) as what, count(*) as lines from orders o join lines using (id) group by all
    schema: {id: string, what: string, lines: bigint}
"""
READER = """
inputPorts:
  dear: {kind: product, product: shop.orders, port: dear, where: lines > 1}
  current: {kind: product, product: shop.orders, port: versions, where: is_current}
transformations:
  both:
    sql: select current.id, what, lines, valid_from from current left join dear on dear.id = current.id
outputPorts:
  seen: {from: both, write: overwrite}
"""


def order(key: str, seq: int, v: str, *lines: str) -> dict[str, Any]:
    return {"id": key, "seq": seq, "v": v, "lines": list(lines)}


def test_deletes_histories_groups_and_views(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mini.product("orders", ORDERS)
    mini.product("reader", READER)
    mini.land("in/1.json", order("a", 1, "x", "p", "q"), order("b", 1, "y", "p"), order("c", 5, "gone"))
    report = mini.ran("orders")
    unique = [check for check in report.checks if check.rule.startswith("expect_column_values_to_be_unique")]
    assert [(check.success, check.element_count) for check in unique] == [(True, 2)]
    mini.land(
        "in/2.json",
        order("a", 3, "z", "r"),
        order("a", 2, "late", "s"),
        order("b", 2, "gone"),
        order("c", 4, "w", "t"),
    )
    with monkeypatch.context() as patched:  # the run stops between the tombstones and the merge
        patched.setattr(landing, "write", _stop)
        stopped = mini.run("orders")
    assert (stopped.state, "stopped here" in stopped.message) == ("failed", True)
    assert sorted(row["id"] for row in mini.rows("orders/orders__tombstones")) == ["b", "c"]
    assert sorted(row["id"] for row in mini.rows("orders/orders")) == ["a", "b"]

    report = mini.ran("orders")
    assert [(row["id"], row["seq"], row["v"]) for row in mini.rows("orders/orders")] == [("a", 3, "z")]
    assert sorted((row["id"], row["seq"]) for row in mini.rows("orders/orders__tombstones")) == [
        ("b", 2),
        ("c", 5),
    ]
    versions = sorted(
        (row["id"], row["v"], row["valid_from"], row["valid_to"])
        for row in _with_text(mini.rows("orders/versions"))
    )
    assert versions == [
        ("a", "late", 2, 3), ("a", "x", 1, 2), ("a", "z", 3, None),
        ("b", "-", 2, 2), ("b", "y", 1, 2), ("c", "-", 5, 5), ("c", "w", 4, 5),
    ]  # fmt: skip
    assert sorted((row["id"], row["line"]) for row in mini.rows("orders/lines")) == [
        ("a", "r"), ("b", "p"), ("c", "t")
    ]  # fmt: skip
    entries = {entry.name: entry for entry in report.entries if entry.kind == "output"}
    merged, line = entries["orders"], entries["lines"]
    assert (merged.superseded, merged.offered, merged.updated, merged.deleted, merged.stale) == (
        2,
        2,
        1,
        1,
        0,
    )
    assert (entries["versions"].inserted, line.superseded, line.inserted) == (4, 1, 2)

    mini.land("in/3.json", order("a", 4, "zz", "r", "r2"))
    mini.ran("orders")
    answer = read_sql(mini.mesh(), "select d.* from shop.orders.dear as d")
    assert answer.rows == (("a", "ZZ", 2),)
    mini.ran("reader")
    assert [
        (row["id"], row["what"], row["lines"], row["valid_from"]) for row in mini.rows("reader/seen")
    ] == [("a", "ZZ", 2, 4)]


def _stop(*_: Any) -> Any:
    raise RuntimeError("stopped here")


def _with_text(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "v": row["v"] or "-"} for row in rows]


LOST = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string, seq: bigint}}
transformations:
  bare: {python: "def bare(rows): return rows.select('id', 'seq')", from: in}
outputPorts:
  out: {from: bare, write: overwrite, by: [id], sequenceBy: [seq]}
"""


def test_a_python_step_that_leaves_behind_where_rows_are_from_stops_a_group(mini: Any) -> None:
    mini.product("orders", LOST)
    mini.land("in/1.json", {"id": "a", "seq": 1})
    report = mini.run("orders")
    assert (report.state, "'bare' gives no _source" in report.message) == ("failed", True)


SOURCE_FIELDS = "port path size modified partition sequence_number enqueued_time key properties run".split()
GROUPS = """
inputPorts:
  records:
    kind: blob
    path: ${landing.shop}/in
    maxPerBatch: %s
    schema: {id: string, seq: bigint, lines: "array<string>"}
transformations:
  lines: {sql: "select id, seq, explode(lines) as line, _SOURCE, _source as origin from records"}
outputPorts:
  lines:
    from: lines
    write: overwrite
    by: [id]
    sequenceBy: [seq]
    quality:
      - {expect_column_values_to_not_be_in_set: {column: line, value_set: [bad]}, onFailure: quarantine}
"""


def test_one_record_of_a_sequence_makes_a_group_however_records_are_cut(mini: Any) -> None:
    def said(lines: list[str]) -> dict[str, Any]:
        return {"id": "a", "seq": 1, "lines": lines}

    records = [said(["x", "y"]), said(["z", "z"]), said(["z", "z"]), said(["q", "bad"])]
    found = []
    for name, files in {"one": [records], "two": [[one] for one in records]}.items():
        mini.product(name, (GROUPS % len(files[0])).replace("/in", f"/{name}"))
        for number, file in enumerate(files):
            mini.land(f"{name}/{number}.json", *file)
        assert mini.run(name).state == "succeeded"
        aside = mini.rows(f"{name}/lines__quarantine")
        assert [(row["line"], sorted(row["_source"]), row["_source"]["port"]) for row in aside] == [
            ("bad", sorted(SOURCE_FIELDS), "records")
        ]
        rows = mini.rows(f"{name}/lines")
        assert all(sorted(row["origin"]) == sorted(SOURCE_FIELDS) for row in rows)
        found.append([row["line"] for row in rows])
    assert found == [["z", "z"]] * 2


SNAPSHOTS = """
inputPorts:
  in: {kind: product, product: shop.orders, port: orders}
outputPorts:
  versions:
    from: in
    write: history
    keys: [id]
    source: snapshot
    maxDeleted: 40 %
    quality:
      - {expect_column_values_to_not_be_in_set: {column: v, value_set: [bad]}, onFailure: quarantine}
      - {expect_column_values_to_not_be_in_set: {column: v, value_set: [none]}, onFailure: drop}
"""
ALL = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string, v: string}}
outputPorts:
  orders: {from: in, write: merge, keys: [id], schema: {id: string, v: string}}
"""


def test_a_key_whose_row_was_set_aside_is_not_absent_from_a_snapshot(mini: Any) -> None:
    mini.product("orders", ALL)
    mini.product("versions", SNAPSHOTS)
    names = ("a", "b", "c", "d")
    mini.put("orders/orders", " union all ".join(f"select '{name}' as id, 'x' as v" for name in names))
    mini.ran("versions")
    said = {"a": "bad", "b": "none", "c": "y"}
    mini.put(
        "orders/orders",
        " union all ".join(f"select '{name}' as id, '{v}' as v" for name, v in said.items()),
        mode="overwrite",
    )
    mini.ran("versions")
    rows = sorted((row["id"], row["v"], row["is_current"]) for row in mini.rows("versions/versions"))
    assert rows == [
        ("a", "x", True), ("b", "x", True), ("c", "x", False), ("c", "y", True), ("d", "x", False),
    ]  # fmt: skip
    mini.put("orders/orders", "select 'a' as id, 'z' as v", mode="overwrite")
    assert "the snapshot lacks 2 of 3 keys" in mini.run("versions").message


MERGED = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", maxPerBatch: 1, schema: {id: string, seq: bigint}}
outputPorts:
  orders:
    from: in
    write: %s
    sequenceBy: [seq]
    schema: {id: string, seq: bigint}
    quality:
      - {expect_column_values_to_not_be_in_set: {column: id, value_set: [bad]}, onFailure: quarantine}
"""


@pytest.mark.parametrize("way", ["merge, keys: [id]", "overwrite, by: [id]", "history, keys: [id]"])
def test_a_table_that_another_writer_fills_is_empty_no_longer(
    mini: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write, _, keys = way.partition(", ")
    mini.product("orders", (MERGED % write).replace("    sequenceBy", f"    {keys}\n    sequenceBy"))
    mini.land("in/1.json", {"id": "bad", "seq": 1})
    mini.ran("orders")
    table = mini.spark.read.format("delta").load(str(mini.table("orders/orders")))
    others = (
        ["cast(0 as bigint) as valid_from", "null as valid_to", "true as is_current"]
        if write == "history"
        else []
    )
    row = ", ".join(["'a' as id", "cast(0 as bigint) as seq", *others])
    assert sorted(table.columns) == sorted(part.split(" as ")[-1] for part in row.split(", "))

    really = landing.write

    def after_another(*given: Any) -> Any:
        mini.put("orders/orders", f"select {row}")
        return really(*given)

    mini.land("in/2.json", {"id": "a", "seq": 2})
    monkeypatch.setattr(landing, "write", after_another)
    for _ in range(2):
        told = mini.run("orders").message
        assert "another writer put rows into it before the batch did: keys may stand in it twice" in told
        monkeypatch.setattr(landing, "write", really)


def test_a_table_that_another_writer_filled_between_two_batches_is_merged_into(mini: Any) -> None:
    mini.product("orders", (MERGED % "merge").replace("    sequenceBy", "    keys: [id]\n    sequenceBy"))
    mini.land("in/1.json", {"id": "bad", "seq": 1})
    mini.land("in/2.json", {"id": "a", "seq": 2}, {"id": "b", "seq": 1})

    def listen(event: Any) -> None:
        if isinstance(event, BatchClosed) and event.batch == 0:
            mini.put("orders/orders", "select 'a' as id, cast(0 as bigint) as seq")

    mini.ran("orders", listen)
    assert sorted((row["id"], row["seq"]) for row in mini.rows("orders/orders")) == [("a", 2), ("b", 1)]
