"""A run over a window of arrival: merged rows find their place, appended ones replace those of the window."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.read.records import SOURCE
from lakemesh.runner.window import window_sql

BODY = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string, seq: bigint}}
outputPorts:
  newest: {from: in, write: merge, keys: [id], sequenceBy: [seq]}
"""
KEPT = """
  all:
    from: kept
    write: append
    clusterBy: [id]
    schema:
      - {name: id, logicalType: string}
      - {name: seq, logicalType: integer}
      - name: _source
        physicalType: "SOURCE"
  totals: {from: counted, write: overwrite, recompute: [seq]}
transformations:
  kept: {kind: filter, from: in, where: id is not null}
  counted: {sql: "select seq, count(*) as ids from kept group by seq"}
""".replace("SOURCE", SOURCE)
DAY = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
WINDOW = {"start": DAY, "end": DAY + dt.timedelta(days=1)}


def land(mini: Any, name: str, hours: float, *rows: dict[str, Any] | str) -> None:
    file = mini.land(f"in/{name}.json", *rows)
    at = DAY.timestamp() + hours * 3600
    os.utime(file, (at, at))


def test_a_window_is_read_again_and_the_flow_goes_on_as_before(mini: Any) -> None:
    mini.product("orders", BODY + KEPT)
    land(mini, "before", -0.001, {"id": "a", "seq": 1})
    land(mini, "first", 0, {"id": "b", "seq": 1}, "{torn")
    land(mini, "last", 23.999, {"id": "c", "seq": 1})
    land(mini, "after", 24, {"id": "d", "seq": 1})
    mini.ran("orders")
    checkpoints = sorted((mini.root / "lakehouse/_checkpoints").rglob("*"))
    # A file of the window was mended under its name, which the flow would never read again.
    land(mini, "first", 0, {"id": "b", "seq": 2}, {"id": "e", "seq": 1})
    report = mini.ran("orders", **WINDOW)
    assert report.tables == (
        ("shop.orders.newest", 2), ("shop.orders.all", 3), ("shop.orders.totals", 2),
    )  # fmt: skip
    assert {row["seq"]: row["ids"] for row in mini.rows("orders/totals")} == {1: 4, 2: 1}
    assert sorted((row["id"], row["seq"]) for row in mini.rows("orders/newest")) == [
        ("a", 1), ("b", 2), ("c", 1), ("d", 1), ("e", 1),
    ]  # fmt: skip
    assert sorted((row["id"], row["seq"]) for row in mini.rows("orders/all")) == [
        ("a", 1), ("b", 2), ("c", 1), ("d", 1), ("e", 1),
    ]  # fmt: skip
    assert sorted((mini.root / "lakehouse/_checkpoints").rglob("*")) == checkpoints
    assert mini.ops("runs")[-1]["drained"] is False
    land(mini, "news", 30, {"id": "f", "seq": 1})
    assert [rows for _, rows in mini.ran("orders").tables] == [1, 1, 1]
    assert {row["seq"]: row["ids"] for row in mini.rows("orders/totals")} == {1: 5, 2: 1}


def test_what_knows_no_time_of_arrival_is_refused(mini: Any) -> None:
    mini.product("orders", BODY + "  all: {from: in, write: append}\n")
    land(mini, "first", 0, {"id": "b", "seq": 1})
    report = mini.run("orders", **WINDOW)
    assert "output 'all' appends and does not keep the time of arrival" in report.message
    assert "list _source in its schema, or use --full-refresh" in report.message
    reader = "inputPorts:\n  in: {kind: product, product: shop.orders, port: newest}\n"
    mini.product("reader", reader + "outputPorts:\n  out: {from: in, write: overwrite}\n")
    assert "it reads snapshots, whose rows have no time of arrival" in mini.run("reader", **WINDOW).message
    mini.product(
        "reader",
        reader.replace("newest", "all, read: appends") + "outputPorts:\n  out: {from: in, write: append}\n",
    )
    assert "input 'in' follows a table, whose rows have no time" in mini.run("reader", **WINDOW).message


def test_events_arrive_when_they_are_enqueued(mini: Any) -> None:
    mini.product(
        "orders", BODY.replace('kind: blob, path: "${landing.shop}/in"', "kind: eventhub, hub: orders")
    )
    plan = compile_plan(mini.mesh(), ProductName("shop", "orders"))
    (read,) = plan.flows[0].reads
    assert window_sql(read, (WINDOW["start"], WINDOW["end"])) == (
        "_source.port = 'in' AND _source.enqueued_time >= TIMESTAMP '2026-01-02T00:00:00+00:00'"
        " AND _source.enqueued_time < TIMESTAMP '2026-01-03T00:00:00+00:00'"
    )
