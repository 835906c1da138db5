"""One product's run as its report and the ops tables tell it."""

from __future__ import annotations

import gzip
import json
import signal
import threading
import time
from typing import Any

import pytest

from lakemesh.observe.events import BatchClosed, BatchOpened, Event, FlowEnded, RunEnded, RunStarted
from lakemesh.runner.lock import locked

BODY = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, pieces: bigint, total: bigint}}
transformations:
  each:
    sql: |
      select id,
             total / pieces as price
      from in
outputPorts:
  out: {kind: delta, from: each, write: append, schema: {id: bigint, price: double}}
"""
SALTED = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string}}
transformations:
  hidden: {kind: pseudonymise, from: in, columns: [id], salt: {secret: shop/salt-of-tests}}
outputPorts:
  out: {kind: delta, from: hidden, write: append}
"""


def test_a_run_tells_what_happened_and_leaves_it_in_the_ops_tables(mini: Any) -> None:
    mini.product("orders", BODY)
    mini.land("in/1.json", {"id": 1, "pieces": 2, "total": 3, "colour": "red"}, "{broken")
    events: list[Event] = []
    report = mini.ran("orders", events.append)
    assert [type(event).__name__ for event in events] == [
        "RunStarted", "FlowStarted", "BatchOpened", "TableWritten", "TableWritten", "LedgerRecorded",
        "BatchClosed", "FlowEnded", "RunEnded",
    ]  # fmt: skip
    assert {event.run_id for event in events} == {report.run_id}
    closed = next(event for event in events if isinstance(event, BatchClosed))
    assert (closed.read, closed.written, closed.rejected, closed.quarantined) == (2, 1, 1, 0)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    assert events[-1].succeeded
    assert (report.batches, report.tables, report.error) == (1, (("shop.orders.out", 1),), None)
    assert any("colour" in warning for warning in report.warnings)
    assert report.seconds > 0
    assert json.dumps(report.facts())
    first, last = mini.ops("runs")
    assert (first["state"], last["state"], last["drained"], last["message"]) == (
        "running",
        "succeeded",
        True,
        "",
    )
    assert {row["run_id"] for row in (first, last, *mini.ops("ledger"), *mini.ops("checks"))} == {
        report.run_id
    }

    mini.land("in/2.json", {"id": 2, "pieces": 0, "total": 3})
    events.clear()
    failed = mini.run("orders", events.append)
    assert (failed.state, failed.error["error"], failed.error["batch"]) == ("failed", "StepFailed", 1)
    assert failed.message.startswith(
        "shop.orders, flow 'in', batch 1: bundles/shop/orders/product.yml:13: step 'each': Division by zero."
    )
    assert not any(isinstance(event, FlowEnded) for event in events)
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].succeeded, events[-1].message) == (False, failed.message)
    assert mini.ops("runs")[-1]["message"] == failed.message


def test_what_keeps_a_run_from_beginning_is_its_report(mini: Any) -> None:
    mini.product("orders", SALTED)
    missing = mini.run("orders")
    assert (missing.state, missing.error["error"]) == ("failed", "SecretMissing")
    assert "SHOP_SALT_OF_TESTS" in missing.message
    mini.product("orders", BODY)
    with locked(str(mini.root / "lakehouse/_locks/shop.orders.lock"), "shop.orders", "20260101T000000-abc"):
        refused = mini.run("orders")
    assert (refused.state, refused.error["error"]) == ("failed", "Locked")
    assert "run 20260101T000000-abc, process " in refused.message
    assert mini.ops("runs") == []
    no_folder = mini.run("orders")
    assert no_folder.error["error"] == "ReadFailed"
    assert no_folder.message.startswith("shop.orders, flow 'in': input 'in' reads ")


def test_the_first_error_is_told_where_the_ops_tables_fail_too(mini: Any) -> None:
    mini.product("orders", BODY)
    mini.land("in/1.json", {"id": 1, "pieces": 0, "total": 3})

    def spoil(event: Event) -> None:
        if isinstance(event, RunStarted):
            for file in (mini.root / "lakehouse/_ops/shop/runs/_delta_log").glob("*.json"):
                file.write_text("no JSON")

    report = mini.run("orders", spoil)
    assert report.state == "failed"
    assert "Division by zero" in report.message


def test_a_run_that_is_interrupted_says_so_and_the_next_one_takes_up_its_batch(mini: Any) -> None:
    mini.product("orders", BODY)
    mini.land("in/1.json", {"id": 1, "pieces": 2, "total": 3})

    def interrupt(event: Event) -> None:
        if isinstance(event, BatchOpened):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(1)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            mini.run("orders", interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert [row["state"] for row in mini.ops("runs")] == ["running", "interrupted"]
    assert mini.ran("orders").tables == (("shop.orders.out", 1),)
    assert len(mini.rows("orders/out")) == 1


def test_a_file_that_is_cut_short_is_named_and_read_once_it_is_whole(mini: Any) -> None:
    mini.product("orders", BODY)
    whole = gzip.compress(b"".join(b'{"id": %d, "pieces": 1, "total": 3}\n' % n for n in range(9999)))
    file = mini.land("in/1.json.gz", "")
    file.write_bytes(whole[: len(whole) // 2])
    report = mini.run("orders")
    assert report.state == "failed"
    assert "1.json.gz" in report.message
    assert "ends too early" in report.message or "Unexpected end" in report.message
    assert mini.rows("orders/out") == []
    file.write_bytes(whole)
    assert mini.ran("orders").tables == (("shop.orders.out", 9999),)
