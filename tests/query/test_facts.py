import datetime as dt
from typing import Any

from lakemesh.names import ProductName
from lakemesh.observe.ledger import TERMS
from lakemesh.query.facts import checks_of, entries_of, past_runs

ORDERS = ProductName("checkout", "orders")


def at(minute: int) -> dt.datetime:
    return dt.datetime(2026, 1, 1, 12, minute, tzinfo=dt.UTC)


def run(run_id: str, state: str, minute: int, **more: Any) -> dict[str, Any]:
    row = {"run_id": run_id, "product": "checkout.orders", "state": state, "at": at(minute)}
    return {**row, "drained": state == "succeeded", "message": None, **more}


def fact(run_id: str, minute: int, **more: Any) -> dict[str, Any]:
    key = {"product": "checkout.orders", "flow": "f", "generation": "g", "batch": 0}
    return {**key, "run_id": run_id, "at": at(minute), **more}


def test_runs_are_told_from_their_first_and_last_rows() -> None:
    rows = [
        run("r1", "running", 0),
        run("r1", "succeeded", 2),
        run("r2", "running", 5),
        run("r0", "running", 1, product="checkout.order_lines"),
    ]
    last, first = past_runs(rows, ORDERS)
    assert (last.run_id, last.state, last.ended, last.seconds) == ("r2", "running", None, None)
    assert (first.run_id, first.state, first.seconds, first.drained) == ("r1", "succeeded", 120.0, True)


def test_the_end_of_a_run_counts_even_at_the_same_instant() -> None:
    (only,) = past_runs([run("r1", "failed", 0, message="why"), run("r1", "running", 0)], ORDERS)
    assert (only.state, only.message, only.seconds) == ("failed", "why", 0.0)


def test_a_batch_that_was_written_twice_is_told_once() -> None:
    terms = dict.fromkeys(TERMS)
    rows = [
        fact("r1", 1, kind="input", name="i", **{**terms, "read": 7}),
        fact("r1", 0, kind="input", name="i", **{**terms, "read": 5}),
        fact("r2", 2, kind="input", name="i", **{**terms, "read": 9}),
    ]
    (entry,) = entries_of(rows, ORDERS, "r1")
    assert (entry.kind, entry.name, entry.read) == ("input", "i", 7)
    checks = [
        fact("r1", 0, output="o", rule="a"),
        fact("r1", 1, output="o", rule="a"),
        fact("r1", 1, output="o", rule="b"),
    ]
    assert [check["rule"] for check in checks_of(checks, ORDERS, "r1")] == ["a", "b"]
