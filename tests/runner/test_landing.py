"""What a batch leaves in tables, and in which order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

from lakemesh.read import records
from lakemesh.runner import landing

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import DataFrame

TWO = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
outputPorts:
  out:
    from: in
    write: append
    quality:
      - expect_column_values_to_not_be_null: {column: v}
        onFailure: quarantine
  more: {from: in, write: append}
"""


def test_what_is_set_aside_comes_before_the_first_of_two_outputs(mini: Any) -> None:
    mini.product("orders", TWO)
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 9}, "{broken")
    report = mini.ran("orders")
    tables = ("in__rejected", "out__quarantine", "out", "more")
    made = [DeltaTable(mini.table(f"orders/{table}")).history(1)[0]["timestamp"] for table in tables]
    assert made == sorted(made)
    assert report.tables == (("shop.orders.out", 1), ("shop.orders.more", 2))


ONE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string, at: timestamp}}
outputPorts:
  out:
    from: in
    write: merge
    keys: [id]
    quality:
      - expect_column_values_to_not_be_null: {column: v}
        onFailure: quarantine
"""


def traced(frame: DataFrame, column: str, trace: Path) -> DataFrame:
    """The frame, which leaves a mark each time that a row of it is computed."""
    from pyspark.sql import functions as F

    path = str(trace)

    def see(value: str) -> str:
        with open(path, "a") as seen:
            seen.write("x")
        return value

    return frame.withColumn(column, F.udf(see, "string").asNondeterministic()(column))


def test_records_are_parsed_once_whatever_is_set_aside_of_them(
    mini: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, trace = records._bare, mini.root / "trace"
    monkeypatch.setattr(records, "_bare", lambda raw: bare(traced(raw, "value", trace)))
    mini.product("orders", ONE)
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 9}, "{broken", {"id": 2, "v": "b"})
    mini.ran("orders")
    found = {table: len(mini.rows(f"orders/{table}")) for table in ("out", "out__quarantine", "in__rejected")}
    assert found == {"out": 2, "out__quarantine": 1, "in__rejected": 1}
    assert trace.read_text() == "xxxx"
    # Into a table with rows it is a MERGE, which reads what is kept by a plan that it has rewritten.
    mini.land("in/2.json", {"id": 1, "v": "c", "at": "2026-01-01T10:00:00Z"}, {"id": 8}, "{broken")
    mini.ran("orders")
    assert trace.read_text() == "xxxx" + "xxx"


LATE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, n: int, v: string}}
outputPorts:
  out: {from: in, write: merge, keys: [id], sequenceBy: [n]}
"""


def test_what_a_merge_is_offered_is_computed_once_though_what_changed_nothing_is_counted(
    mini: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered, trace = landing.offered, mini.root / "trace"
    mini.product("orders", LATE)
    mini.land("in/1.json", {"id": 1, "n": 2, "v": "a"})
    mini.ran("orders")
    monkeypatch.setattr(landing, "offered", lambda *given: traced(offered(*given), "v", trace))
    mini.land("in/2.json", {"id": 1, "n": 1, "v": "b"}, {"id": 2, "n": 1, "v": "c"})
    report = mini.ran("orders")
    (line,) = (entry for entry in report.entries if entry.kind == "output")
    assert (line.offered, line.inserted, line.stale) == (2, 1, 1)
    assert trace.read_text() == "xx"
