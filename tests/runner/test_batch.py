"""One batch: a row that is lost or doubled shows, and nothing is written where a gate does not hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from lakemesh.runner import landing
from lakemesh.write import few

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Change = Callable[["DataFrame"], "DataFrame"]
INPUT = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, seq: bigint, v: string}}
"""
SNAPSHOT = """
inputPorts:
  up: {kind: product, product: shop.up, port: out}
outputPorts:
  out: {kind: delta, from: up, write: overwrite}
"""


def product(write: str, rules: str = "") -> str:
    """A product that brings `in` to `out`."""
    return f"""{INPUT}
transformations:
  kept: {{kind: filter, from: in, where: "v <> 'away' or v is null"}}
outputPorts:
  out:
    kind: delta
    from: kept
    {write}
    schema:
      - {{name: id, logicalType: integer}}
      - {{name: seq, logicalType: integer}}
      - {{name: v, logicalType: string}}
    quality:
      - expect_column_values_to_not_be_null: {{column: v}}
        onFailure: quarantine
{rules}"""


MERGE = "write: merge\n    keys: [id]\n    sequenceBy: [seq]"


def one_less(frame: DataFrame) -> DataFrame:
    return frame.where("id <> 2")


def one_twice(frame: DataFrame) -> DataFrame:
    return frame.unionByName(frame.where("id = 2"))


def new_twice(frame: DataFrame) -> DataFrame:
    return frame.union(frame.where("id = 5"))


def sabotage(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Change what is written between check and commit."""
    real = landing.write

    def altered(frame: DataFrame, *rest: Any) -> Any:
        return real(change(frame), *rest)

    monkeypatch.setattr(landing, "write", altered)


def rows(first: int, last: int, v: str | None) -> list[dict[str, Any]]:
    return [{"id": n, "seq": first, "v": v} for n in range(first, last)]


@pytest.mark.parametrize("change", [one_less, one_twice])
def test_a_row_lost_or_doubled_before_an_append(
    mini: Any, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    mini.product("orders", product("write: append"))
    mini.land("in/1.json", *rows(0, 4, "a"))
    sabotage(monkeypatch, change)
    report = mini.run("orders")
    assert (report.state, report.error["error"]) == ("failed", "LedgerUnbalanced")
    assert report.message.startswith(
        "shop.orders, flow 'in', batch 0: the ledger does not balance: output 'out'"
    )
    assert mini.states() == [(0, "open")]
    (run,) = [row for row in mini.ops("runs") if row["state"] != "running"]
    assert (run["state"], run["drained"], run["message"]) == ("failed", False, report.message)


@pytest.mark.parametrize("change", [one_less, one_twice, new_twice])
def test_a_row_lost_or_doubled_before_a_merge(
    mini: Any, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    mini.product("orders", product(MERGE))
    mini.land("in/1.json", *rows(0, 4, "a"))
    mini.ran("orders")
    mini.land("in/2.json", *rows(1, 6, "b"))
    sabotage(monkeypatch, change)
    report = mini.run("orders")
    assert report.state == "failed"
    assert report.error["error"] == "LedgerUnbalanced" or change is one_twice
    assert report.message.startswith("shop.orders, flow 'in', batch 1: ")
    # Delta refuses a row that stands twice, so nothing is written and the batch is given up.
    given_up = [(1, "failed")] if change is one_twice else []
    assert mini.states() == [(0, "open"), (0, "done"), (1, "open"), *given_up]
    monkeypatch.undo()
    again = mini.run("orders")
    # A row that was lost is committed as lost: the batch is not declared whole by a second try.
    assert again.state == ("succeeded" if change is one_twice else "failed"), again.message


DEDUPLICATED = """
inputPorts:
  in:
    kind: blob
    path: "${landing.shop}/FOLDER"
    schema: {id: bigint, seq: bigint, v: string}
    maxPerBatch: MOST
transformations:
  once: {kind: deduplicate, from: in, keys: [id], orderBy: [seq desc]}
  some: {kind: filter, from: once, where: v <> 'hidden'}
outputPorts:
  out:
    from: some
    write: merge
    keys: [id]
    sequenceBy: [seq]
    quality:
      - expect_column_values_to_be_in_set: {column: v, value_set: [a, b]}
        onFailure: quarantine
"""


def test_a_deduplicate_before_a_merge_leaves_the_same_however_records_are_cut(mini: Any) -> None:
    records = [(1, 5, "a"), (1, 7, "bad"), (2, 1, "a"), (2, 3, "hidden"), (3, 1, "a"), (3, 2, "b")]
    lines = [{"id": key, "seq": seq, "v": v} for key, seq, v in records]
    mini.land("whole/1.json", *lines)
    for number, line in enumerate(lines):
        mini.land(f"cut/{number}.json", line)
    found, batches = [], []
    for folder, most in (("whole", 10), ("cut", 3)):
        mini.product(folder, DEDUPLICATED.replace("FOLDER", folder).replace("MOST", str(most)))
        batches.append(mini.ran(folder).batches)
        tables = [mini.rows(f"{folder}/{table}") for table in ("out", "out__quarantine")]
        found.append([sorted((row["id"], row["seq"], row["v"]) for row in rows) for rows in tables])
    assert found[0] == [[(1, 5, "a"), (2, 1, "a"), (3, 2, "b")], [(1, 7, "bad")]]
    assert (found[0], batches) == (found[1], [1, 2])


def test_a_row_lost_or_doubled_before_an_overwrite(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mini.product("up", product("write: append"))
    mini.put("up/out", "select id from range(4)")
    for name, change in (("less", one_less), ("twice", one_twice)):
        mini.product(name, SNAPSHOT)
        with monkeypatch.context() as patched:
            sabotage(patched, change)
            report = mini.run(name)
        assert (report.state, report.error["error"]) == ("failed", "LedgerUnbalanced")
        assert report.message.startswith(f"shop.{name}, flow 'snapshot', batch 0: ")
    assert mini.states()[-2:] == [(0, "open"), (0, "open")]


GATES = """
      - expect_column_values_to_be_unique: {column: id}
        name: id_once
        onFailure: fail
      - expect_column_values_to_be_between: {column: seq, min_value: 1, mostly: 0.5}
        name: mostly_sequenced
        onFailure: fail
      - expect_table_row_count_to_be_between: {min_value: 3}
        name: enough
        onFailure: fail
"""


def test_gates_are_decided_before_anything_becomes_visible(mini: Any) -> None:
    mini.product("orders", product("write: append", GATES))
    mini.land("in/1.json", *rows(1, 4, "a"), {"id": 9, "seq": 1}, "{broken")
    mini.ran("orders")
    before = [mini.version(f"orders/{table}") for table in ("out", "out__quarantine", "in__rejected")]
    assert [len(mini.rows(f"orders/{table}")) for table in ("out", "out__quarantine", "in__rejected")] == [
        3,
        1,
        1,
    ]
    mini.land("in/2.json", {"id": 5, "seq": 0}, {"id": 5, "seq": 0, "v": "x"}, "{broken")
    report = mini.run("orders")
    assert (report.state, report.error["error"]) == ("failed", "RuleFailed")
    assert report.message == (
        "shop.orders, flow 'in', batch 1: 'id_once' of output 'out', 'mostly_sequenced' of output 'out',"
        " 'enough' of output 'out' did not hold, and onFailure is fail: nothing of the batch was written."
    )
    assert [mini.version(f"orders/{table}") for table in ("out", "out__quarantine", "in__rejected")] == before
    broken = {check.rule for check in report.checks if not check.success}
    assert broken >= {"id_once", "mostly_sequenced", "enough"}
    # The spec is mended, and the same batch goes through.
    mini.product("orders", product("write: append"))
    assert mini.ran("orders").batches == 1
    assert [len(mini.rows(f"orders/{table}")) for table in ("out", "out__quarantine", "in__rejected")] == [
        4,
        2,
        2,
    ]


def test_a_row_that_breaks_a_rule_stops_the_write_itself(mini: Any) -> None:
    fail = (
        "      - expect_column_values_to_be_between: {column: seq, min_value: 0}\n        onFailure: fail\n"
    )
    mini.product("orders", product(MERGE, fail))
    mini.land("in/1.json", *rows(0, 3, "a"))
    mini.ran("orders")
    before = mini.version("orders/out")
    mini.land("in/2.json", *rows(3, 5, "b"), {"id": 7, "seq": -1}, {"id": 8, "seq": 1})
    report = mini.run("orders")
    assert (report.state, report.error["error"]) == ("failed", "RuleFailed")
    assert "a row broke expect_column_values_to_be_between.seq, and onFailure is fail" in report.message
    assert (mini.version("orders/out"), mini.rows("orders/out__quarantine")) == (before, [])
    assert mini.states()[-2:] == [(1, "open"), (1, "failed")]
    told = {check.rule: (check.success, check.unexpected_count) for check in report.checks}
    assert told["expect_column_values_to_be_between.seq"] == (False, 1)


def test_all_schemas_are_looked_at_before_the_first_output_is_written(mini: Any) -> None:
    two = (
        product("write: append")
        + "  more: {kind: delta, from: kept, write: append,"
        + " schema: {id: %s, seq: bigint, v: string}}\n"
    )
    mini.product("orders", two % "'decimal(20,0)'")
    mini.land("in/1.json", *rows(0, 2, "a"))
    mini.ran("orders")
    before = mini.version("orders/out")
    mini.land("in/2.json", *rows(2, 4, "b"))
    mini.product("orders", two % "bigint")
    report = mini.run("orders")
    assert (report.state, report.error["error"]) == ("failed", "SchemaConflict")
    assert (
        "column 'id' is decimal(20,0) in the table shop.orders.more and bigint in the schema"
        in report.message
    )
    assert mini.version("orders/out") == before
    assert len(mini.rows("orders/more")) == 2


@pytest.mark.parametrize("change", [lambda rows: rows.slice(1), lambda rows: pa.concat_tables([rows, rows])])
@pytest.mark.parametrize(
    ("beside", "told"), [("in__rejected", "input 'in'"), ("out__quarantine", "output 'out'")]
)
def test_a_bad_row_lost_or_doubled_on_its_way(
    mini: Any,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pa.Table], pa.Table],
    beside: str,
    told: str,
) -> None:
    mini.product("orders", product("write: append"))
    mini.land("in/1.json", *rows(0, 3, "a"), *rows(3, 5, None), "{torn", "[1]")
    real = few._append

    def altered(found: pa.Table, folder: str, txn: Any) -> None:
        real(change(found) if folder.endswith(beside) else found, folder, txn)

    monkeypatch.setattr(few, "_append", altered)
    report = mini.run("orders")
    assert (report.state, report.error["error"]) == ("failed", "LedgerUnbalanced")
    assert f"batch 0: the ledger does not balance: {told}" in report.message
    assert mini.states() == [(0, "open")]
