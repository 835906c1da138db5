"""Frames of a batch: computed once where two read them, and counted where rows may become fewer or more."""

from __future__ import annotations

from typing import Any

import pytest

CODE = """
from pathlib import Path

def more(frame, clock):
    from pyspark.sql import functions as F

    @F.udf("string")
    def traced(value):
        with open(f"{HERE}", "a") as trace:
            trace.write("x")
        return value and value.upper()

    return frame.withColumn("v", traced("v")).withColumn("year", F.lit(clock.year))
"""


def refuse(frame: Any) -> None:
    raise RuntimeError(
        "[NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE is not supported on serverless compute."
    )


BODY = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
transformations:
  some: {kind: filter, from: in, where: id < 9}
  more: {python: "more.py:more", from: some}
  named: {sql: "select id, v as name from more where v <> 'C' or v is null"}
  both: {sql: "select id, v, year, nullif(v, 'C') as name from more"}
  random: {kind: derive, from: both, columns: {chance: uuid()}}
outputPorts:
  out:
    kind: delta
    from: random
    write: merge
    keys: [id]
    quality:
      - expect_column_values_to_be_unique: {column: id}
  same:
    kind: delta
    from: random
    write: merge
    keys: [id]
    quality: [{expect_column_values_to_not_be_null: {column: v}, onFailure: quarantine}]
  away: {kind: delta, from: named, write: append}
"""


@pytest.mark.parametrize("persists", [True, False])
def test_what_several_read_is_computed_once_and_is_the_same_for_all(
    mini: Any, persists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, staging = mini.root / "trace", mini.root / "lakehouse/_staging/shop/orders"
    if not persists:
        mini.write("lakehouse/_staging/shop/orders/killed-run/0-more/part-0.parquet", "left")
        monkeypatch.setattr(type(mini.spark.range(1)), "persist", refuse)
    mini.product("orders", BODY)
    mini.write("bundles/shop/orders/more.py", CODE.replace("{HERE}", str(trace)))
    mini.land(
        "in/1.json", {"id": 1, "v": "a"}, {"id": 1, "v": "b"}, {"id": 2, "v": "c"}, {"id": 3}, {"id": 9}
    )
    report = mini.ran("orders")
    assert len(trace.read_text()) == 4
    assert not staging.exists() or list(staging.iterdir()) == []

    found = {row["id"]: row for row in mini.rows("orders/out")}
    assert {key: (row["v"], row["name"]) for key, row in found.items() if key > 1} == {
        2: ("C", None),
        3: (None, None),
    }
    assert found[1]["v"] == "B"
    same = {
        row["id"]: row["chance"] for row in mini.rows("orders/same") + mini.rows("orders/same__quarantine")
    }
    assert same == {key: row["chance"] for key, row in found.items()}
    assert sorted((row["id"], row["name"]) for row in mini.rows("orders/away") if row["name"]) == [
        (1, "A"),
        (1, "B"),
    ]

    lines = {entry.name: entry for entry in report.entries}
    assert (lines["some"].rows_in, lines["some"].filtered, lines["some"].rows_out) == (5, 1, 4)
    assert (lines["more"].rows_in, lines["more"].rows_out) == (4, 4)
    assert (lines["named"].rows_in, lines["named"].rows_out) == (4, 3)
    assert lines["both"].rows_in == 4
    assert (lines["same"].checked, lines["same"].quarantined) == (lines["both"].rows_out, 1)


SORTED = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
transformations:
  some: {kind: filter, from: in, where: id < 9}
  sorted: {sql: "select * from some order by v desc, id"}
outputPorts:
  out: {kind: delta, from: sorted, write: append}
"""


def test_a_sort_does_not_count_rows_twice(mini: Any) -> None:
    mini.product("orders", SORTED)
    mini.land("in/1.json", *({"id": n, "v": str(n)} for n in range(12)), "{broken")
    report = mini.ran("orders")
    lines = {entry.name: entry for entry in report.entries}
    assert (lines["in"].read, lines["in"].rejected, lines["in"].accepted) == (13, 1, 12)
    assert (lines["some"].rows_in, lines["some"].filtered, lines["out"].checked) == (12, 3, 9)


PRESENT = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint}}
transformations:
  timed:
    from: in
    python: |
      def timed(frame):
          from pyspark.sql import functions as F
          return frame.withColumns({"now": F.current_timestamp(), "chance": F.expr("uuid()")})
outputPorts:
  newest: {from: timed, write: merge, keys: [id]}
  every: {from: timed, write: append}
"""


def test_a_merge_gets_the_rows_that_were_kept_where_python_asked_for_the_present(mini: Any) -> None:
    """Of a MERGE's source Delta makes another plan: it puts a literal in the place of the present."""
    mini.product("orders", PRESENT)
    for name in ("1", "2"):
        mini.land(f"in/{name}.json", {"id": 1}, {"id": 2})
        mini.ran("orders")
    newest, every = ({str(row) for row in mini.rows(f"orders/{port}")} for port in ("newest", "every"))
    assert len(newest) == 2
    assert len(every) == 4
    assert newest <= every
