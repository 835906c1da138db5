import datetime as dt
import fcntl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakemesh.errors import QueryError
from lakemesh.names import ProductName
from lakemesh.observe.ledger import TERMS
from lakemesh.plan.places import places_of
from lakemesh.query.standing import latency_of, read_standings
from lakemesh.spec.loader import Mesh

ORDERS, CARTS = ProductName("checkout", "orders"), ProductName("cart", "carts")
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
STAMP = pa.timestamp("us", "UTC")


def write_ops(mesh: Mesh, table: str, rows: list[dict[str, Any]]) -> None:
    place = places_of(mesh.root, mesh.environment).ops("checkout", table)
    key = {"product": "checkout.orders", "run_id": "r1"}
    full = [{**key, **row} for row in rows]
    schema = pa.schema([(name, _kind(name, full)) for name in full[0]])
    write_deltalake(place.location, pa.Table.from_pylist(full, schema=schema), mode="append")


def _kind(name: str, rows: list[dict[str, Any]]) -> pa.DataType:
    value = next((row[name] for row in rows if row[name] is not None), 0)
    return STAMP if isinstance(value, dt.datetime) else pa.scalar(value).type


def write_run(mesh: Mesh, ended: dt.datetime, state: str = "succeeded", updated: int = 1) -> None:
    """A run of checkout.orders with one batch: a row quarantined, one offered."""
    common = {"version": "1.0.0", "environment": "local", "clock": ended, "message": ""}
    start = ended - dt.timedelta(seconds=30)
    write_ops(
        mesh,
        "runs",
        [
            {**common, "state": "running", "at": start, "drained": False},
            {**common, "state": state, "at": ended, "drained": state == "succeeded"},
        ],
    )
    batch = {"flow": "events", "generation": "g", "batch": 0, "at": ended}
    zero = dict.fromkeys(TERMS, 0)
    told = {**zero, "checked": 2, "quarantined": 1, "offered": 1, "updated": updated}
    write_ops(mesh, "ledger", [{**batch, "kind": "output", "name": "orders", **told}])
    rule = {"output": "orders", "severity": "critical", "on_failure": "quarantine", "element_count": 2}
    write_ops(
        mesh,
        "checks",
        [
            {**batch, **rule, "rule": "amount_not_negative", "success": False, "unexpected_count": 1},
            {**batch, **rule, "rule": "id_known", "success": True, "unexpected_count": 0},
        ],
    )


def test_a_product_that_never_ran(mesh: Mesh) -> None:
    (carts,) = read_standings(mesh, [CARTS], NOON)
    assert carts.run is None
    assert (carts.freshness, carts.age_seconds, carts.latency_seconds) == ("stale", None, 900.0)
    assert carts.rows == (("carts", None),)


@pytest.mark.parametrize(("minutes", "freshness"), [(14, "fresh"), (15, "stale"), (16, "stale")])
def test_fresh_is_less_than_latency_ago(
    open_mesh: Callable[[str], Mesh], minutes: int, freshness: str
) -> None:
    mesh = open_mesh("UTC")
    write_run(mesh, NOON - dt.timedelta(minutes=minutes))
    (orders,) = read_standings(mesh, [ORDERS], NOON)
    assert (orders.freshness, orders.age_seconds) == (freshness, minutes * 60.0)
    assert orders.run is not None
    assert (orders.run.state, orders.run.seconds) == ("succeeded", 30.0)


def test_ledger_and_quality_are_those_of_the_last_run(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("UTC")
    write_run(mesh, NOON)
    (orders,) = read_standings(mesh, [ORDERS], NOON)
    assert (orders.imbalances, orders.ledger_entries, orders.rules) == ((), 1, 2)
    (failed,) = orders.failed
    assert (failed.rule, failed.severity, failed.unexpected) == ("amount_not_negative", "critical", 1)
    assert orders.rows == (("orders", 3),)


def test_an_imbalance_shows(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("UTC")
    write_run(mesh, NOON, updated=2)
    (orders,) = read_standings(mesh, [ORDERS], NOON)
    assert "offered 1 is not" in orders.imbalances[0]


def test_a_failed_run_makes_nothing_fresh(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("UTC")
    write_run(mesh, NOON, state="failed")
    (orders,) = read_standings(mesh, [ORDERS], NOON)
    assert (orders.freshness, orders.age_seconds) == ("stale", None)


def test_a_run_that_never_ended_is_told_as_killed_unless_its_lock_is_held(
    open_mesh: Callable[[str], Mesh],
) -> None:
    mesh = open_mesh("UTC")
    begun = {"version": "1.0.0", "environment": "local", "clock": NOON, "message": "", "drained": False}
    write_ops(mesh, "runs", [{**begun, "state": "running", "at": NOON}])
    lock = Path(places_of(mesh.root, mesh.environment).lock(ORDERS))

    def state() -> str | None:
        (orders,) = read_standings(mesh, [ORDERS], NOON)
        return orders.run.state if orders.run else None

    assert state() == "killed"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert state() == "running"
    assert state() == "killed"


def test_the_shortest_latency_counts(mesh: Mesh) -> None:
    assert latency_of(mesh.get(ORDERS)) == dt.timedelta(minutes=15)


def test_what_is_on_databricks_is_not_told_from_here(mesh: Mesh) -> None:
    away = mesh.environment.model_copy(update={"platform": "databricks"})
    with pytest.raises(QueryError, match="not built yet"):
        read_standings(replace(mesh, environment=away), [ORDERS], NOON)


def test_an_empty_run_later_does_not_hide_quality_and_ledger(
    open_mesh: Callable[[str], Mesh],
) -> None:
    mesh = open_mesh("UTC")
    write_run(mesh, NOON)
    batch = {"flow": "events", "generation": "g", "batch": 0, "at": NOON, "run_id": "r1"}
    note = {"output": "events", "severity": "info", "on_failure": "warn", "element_count": 2}
    told = {**batch, **note, "rule": "no_unknown_fields", "success": False, "unexpected_count": 0}
    write_ops(mesh, "checks", [told])
    later = {"version": "1.0.0", "environment": "local", "clock": NOON, "message": "", "run_id": "r2"}
    at = NOON + dt.timedelta(hours=1)
    write_ops(mesh, "runs", [{**later, "state": "succeeded", "at": at, "drained": True}])
    (standing,) = read_standings(mesh, [ORDERS], at)
    assert standing.run is not None
    assert standing.run.run_id == "r2"
    assert (standing.ledger_entries, standing.rules) == (1, 2)
    assert [rule.rule for rule in standing.failed] == ["amount_not_negative"]
