"""Flows over several runs: what is read once, what a replay is given, what a lost checkpoint means."""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.observe.events import BatchOpened, Event, TableWritten
from lakemesh.runner.flows import _await
from lakemesh.runner.report import Replay

if TYPE_CHECKING:
    from lakemesh.runner.product import Listener

INPUT = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", maxPerBatch: 2, schema: {id: bigint, v: string}}
"""
APPEND = f"{INPUT}outputPorts:\n  out: {{kind: delta, from: in, write: append}}\n"
ENRICHED = f"""{INPUT}
  people: {{kind: product, product: shop.people, port: out}}
transformations:
  told: {{kind: derive, from: in, columns: {{at: current_timestamp(), on: current_date()}}}}
  known: {{sql: "select t.*, p.name from told t left join people p on t.id = p.id"}}
outputPorts:
  all: {{kind: delta, from: known, write: append}}
  out:
    kind: delta
    from: known
    write: merge
    keys: [id]
    quality: [{{expect_column_values_to_not_be_null: {{column: v}}, onFailure: quarantine}}]
"""
PEOPLE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/people", schema: {id: bigint, name: string}}
outputPorts:
  out: {kind: delta, from: in, write: merge, keys: [id]}
"""
DAILY = """
inputPorts:
  up: {kind: product, product: shop.orders, port: out}
transformations:
  day: {sql: "select count(*) as orders, 6 / count(*) as share, now() as at from up"}
outputPorts:
  out: {kind: delta, from: day, write: overwrite}
"""


class Killed(BaseException):
    """What no handler of the runner takes for an error."""


def stop_at(kind: type[Event], error: type[BaseException] = RuntimeError, table: str = "") -> Listener:
    """A listener that stops the run where something has happened."""

    def listen(event: Event) -> None:
        if isinstance(event, kind) and getattr(event, "table", "").endswith(table):
            raise error("stopped here")

    return listen


def test_every_file_comes_once_in_batches_that_know_what_they_were_given(mini: Any) -> None:
    mini.product("orders", APPEND)
    for number in range(3):
        mini.land(f"in/{number}/{number}.json.gz", {"id": number, "v": "a"})
    assert mini.ran("orders").batches == 2
    old = mini.land("in/late.json", {"id": 3, "v": "a"})
    os.utime(old, (1, 1))
    assert mini.ran("orders").batches == 1
    idle = mini.ran("orders")
    assert (idle.batches, idle.entries) == (0, ())
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [0, 1, 2, 3]
    told = [row for row in mini.ops("batches") if row["state"] == "open"]
    assert [(row["batch"], len(row["files"]), row["offsets"]) for row in told] == [
        (0, 2, '{"logOffset":0}'),
        (1, 1, '{"logOffset":1}'),
        (2, 1, '{"logOffset":2}'),
    ]
    assert {row["generation"] for row in told} == {told[0]["generation"]}
    (late,) = told[2]["files"]
    assert (late["path"], late["modified"].timestamp()) == (f"file:{old}", 1)
    assert [row["drained"] for row in mini.ops("runs")] == [False, True] * 3


def test_a_batch_left_open_is_replayed_as_it_was_begun(mini: Any) -> None:
    mini.product("people", PEOPLE)
    mini.product("orders", ENRICHED)
    mini.put("people/out", "select 1L as id, 'before' as name")
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 2}, "{broken")
    stopped = mini.run("orders", stop_at(TableWritten, table=".all"))
    assert stopped.state == "failed"
    assert stopped.message == "shop.orders, flow 'in', batch 0: stopped here"
    (row,) = mini.ops("batches")
    assert (row["state"], row["pins"]) == ("open", '{"people": 0}')

    people = "select * from values (1L, 'after'), (2L, 'new') as t(id, name)"
    mini.put("people/out", people, "overwrite")
    mini.land("in/2.json", {"id": 3, "v": "c"})
    opened: list[BatchOpened] = []
    again = mini.ran("orders", lambda event: opened.append(event) if isinstance(event, BatchOpened) else None)
    assert [(event.batch, event.replayed) for event in opened] == [(0, True), (1, False)]
    assert again.replays == (Replay("in", 0, stopped.run_id),)
    every = {row["id"]: row for row in mini.rows("orders/all")}
    assert Counter(row["id"] for row in mini.rows("orders/all")) == {1: 1, 2: 1, 3: 1}
    assert (every[1]["name"], every[2]["name"], every[3]["name"]) == ("before", None, None)
    assert every[1]["at"] == row["clock"] < every[3]["at"]
    assert {row["id"] for row in mini.rows("orders/out")} == {1, 3}
    assert [row["_batch"] for row in mini.rows("orders/out__quarantine")] == [0]
    assert [row["_batch"] for row in mini.rows("orders/in__rejected")] == [0]
    ledger = [row for row in mini.ops("ledger") if row["batch"] == 0]
    outputs = {row["name"]: row for row in ledger if row["kind"] == "output"}
    counts = {name: (row["checked"], row["quarantined"], row["offered"]) for name, row in outputs.items()}
    assert counts == {"all": (2, 0, 2), "out": (2, 1, 1)}


def test_a_batch_whose_files_changed_is_not_replayed(mini: Any) -> None:
    mini.product("orders", APPEND)
    file = mini.land("in/1.json", {"id": 1, "v": "a"})
    text, times = file.read_text(), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    assert mini.run("orders", stop_at(BatchOpened)).state == "failed"
    file.unlink()
    gone = mini.run("orders")
    assert gone.error["error"] == "ReplayRefused"
    assert gone.message.startswith("shop.orders, flow 'in', batch 0: ")
    assert f"file:{file} is gone" in gone.message
    mini.land("in/1.json", {"id": 1, "v": "other"})
    replaced = mini.run("orders")
    assert replaced.error["error"] == "ReplayRefused"
    assert f"file:{file} was replaced" in replaced.message
    assert mini.rows("orders/out") == []
    file.write_text(text)
    os.utime(file, ns=times)
    mini.ran("orders")
    assert mini.rows("orders/out") == [{"id": 1, "v": "a"}]
    assert mini.states() == [(0, "open"), (0, "done")]


def test_rows_of_a_product_come_once(mini: Any) -> None:
    mini.product("orders", APPEND)
    mini.product("taken", APPEND.replace(
        '{kind: blob, path: "${landing.shop}/in", maxPerBatch: 2, schema: {id: bigint, v: string}}',
        "{kind: product, product: shop.orders, port: out, read: appends, where: id > 0}",
    ))  # fmt: skip
    for number in (1, 2):
        mini.put("orders/out", f"select id, 'a' as v from values ({number}L), (-{number}L) as t(id)")
        taken = mini.ran("taken")
        assert next(entry.read for entry in taken.entries if entry.kind == "input") == 1
        assert sorted(row["id"] for row in mini.rows("taken/out")) == list(range(1, number + 1))
    assert mini.rows("taken/out")[0].keys() == {"id", "v"}


def test_a_batch_of_snapshots_that_was_killed_is_ended_first_and_one_that_failed_is_given_up(
    mini: Any,
) -> None:
    mini.product("orders", APPEND)
    mini.product("daily", DAILY)
    mini.put("orders/out", "select 1L as id, 'a' as v")
    with pytest.raises(Killed):
        mini.run("daily", stop_at(BatchOpened, Killed))
    mini.put("orders/out", "select 2L as id, 'a' as v")
    seen: list[BatchOpened] = []
    mini.ran("daily", lambda event: seen.append(event) if isinstance(event, BatchOpened) else None)
    assert [(event.batch, event.replayed) for event in seen] == [(0, True), (1, False)]
    assert mini.states() == [(0, "open"), (0, "done"), (1, "open"), (1, "done")]
    pins = [row["pins"] for row in mini.ops("batches")]
    assert len(set(pins[:2])) == len(set(pins[2:])) == 1
    assert pins[0] != pins[2]
    assert [row["orders"] for row in mini.rows("daily/out")] == [2]
    # A batch that failed is not tried for ever on the very rows that it failed on.
    mini.product("daily", DAILY.replace("6 / count(*)", "6 / (count(*) - 2)"))
    failed = mini.run("daily")
    assert failed.error["error"] == "StepFailed"
    assert failed.message.startswith("shop.daily, flow 'snapshot', batch 2: bundles/shop/daily/product.yml:")
    assert "step 'day': Division by zero." in failed.message
    mini.put("orders/out", "select 3L as id, 'a' as v")
    mini.ran("daily")
    assert mini.states()[4:] == [(2, "open"), (2, "failed"), (3, "open"), (3, "done")]
    assert [row["share"] for row in mini.rows("daily/out")] == [6.0]


def test_a_lost_checkpoint(mini: Any) -> None:
    mini.product("orders", APPEND)
    mini.product("people", PEOPLE)
    mini.land("in/1.json", {"id": 1, "v": "a"})
    mini.land("people/1.json", {"id": 1, "name": "a"})
    for name in ("orders", "people"):
        mini.ran(name)
        shutil.rmtree(mini.root / "lakehouse/_checkpoints/shop" / name)
    refused = mini.run("orders")
    assert refused.state == "failed"
    assert "is gone, and output 'out' is written by append" in refused.message
    assert len(mini.rows("orders/out")) == 1
    mini.land("people/2.json", {"id": 2, "name": "b"})
    again = mini.ran("people")
    assert next(entry.stale for entry in again.entries if entry.kind == "output") == 1
    assert sorted(row["id"] for row in mini.rows("people/out")) == [1, 2]
    generations = [row["generation"] for row in mini.ops("batches") if row["product"] == "shop.people"]
    assert len(set(generations)) == 2


MERGED = """
inputPorts:
  up: {kind: product, product: shop.people, port: out}
transformations:
  kept: {kind: filter, from: up, where: id < 9}
outputPorts:
  out: {kind: delta, from: kept, write: merge, keys: [id]}
"""


def test_a_snapshot_merged_is_counted_once(mini: Any) -> None:
    mini.product("people", PEOPLE)
    mini.product("copied", MERGED)
    for number, name in enumerate("ab"):
        query = f"select id, if(id = 1, '{name}', 'x') as name from values (1L), (2L), (3L), (9L) as t(id)"
        mini.put("people/out", query, "overwrite")
        lines = {entry.name: entry for entry in mini.ran("copied").entries}
        assert (lines["kept"].rows_in, lines["kept"].filtered, lines["out"].checked) == (4, 1, 3)
        assert lines["out"].stale == (0 if number == 0 else 2)
    assert {row["id"]: row["name"] for row in mini.rows("copied/out")} == {1: "b", 2: "x", 3: "x"}


def test_a_batch_that_failed_before_it_wrote_is_tried_again_as_things_are_then(mini: Any) -> None:
    rule = "quality: [{expect_column_values_to_be_between: {column: id, max_value: 9}, onFailure: fail}]"
    mini.product("orders", f"{INPUT}outputPorts:\n  out: {{from: in, write: append, {rule}}}\n")
    mini.land("in/1.json", {"id": 1}, {"id": 10})
    assert mini.run("orders").state == "failed"
    assert mini.states() == [(0, "open"), (0, "failed")]
    os.utime(mini.land("in/1.json", {"id": 1}, {"id": 2}), (1, 1))
    mini.ran("orders")
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 2]
    assert mini.states()[-1] == (0, "done")


def test_an_interrupt_ends_the_query_from_another_thread_and_is_told() -> None:
    stopped = []

    class Query:
        def awaitTermination(self) -> None:
            raise KeyboardInterrupt

        def stop(self) -> None:
            stopped.append(threading.current_thread())
            raise RuntimeError("cancelled")

    query: Any = Query()
    with pytest.raises(KeyboardInterrupt):
        _await(query)
    assert stopped
    assert threading.main_thread() not in stopped


def test_the_table_of_a_contract_stands_before_the_first_record(mini: Any) -> None:
    schema = "schema: [{name: id, logicalType: integer, description: Its number.}]"
    body = f"{INPUT.replace(', v: string', '')}outputPorts:\n  out: {{from: in, write: append, {schema}}}\n"
    mini.product("orders", body)
    (mini.root / "data/in").mkdir(parents=True)
    mini.ran("orders")
    assert (mini.version("orders/out"), mini.rows("orders/out"), mini.states()) == (0, [], [])
    mini.product("orders", body.replace("Its number.", "The number."))
    mini.ran("orders")
    assert mini.version("orders/out") == 1
