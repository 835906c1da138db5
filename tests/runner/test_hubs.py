"""Hubs read themselves, from a real broker: what comes of events, of lost ones, of who may not read them."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.broker import KEY, Event, connection_string

from lakemesh.names import ProductName
from lakemesh.observe.events import BatchOpened, TableWritten
from lakemesh.read import connection
from lakemesh.runner.preview import Looked, preview_view

if TYPE_CHECKING:
    from tests.broker import Broker

pytestmark = pytest.mark.xdist_group("kafka")
ENVIRONMENT = """
platform: local
lakehouse: lakehouse
hubs: {{shop: {{transport: kafka, namespace: "{namespace}", tls: false, credential: {{secret: shop/hub}}}}}}
"""
PRODUCT = """
inputPorts:
  in: {{kind: eventhub, hub: {hub}, schema: {{id: string, amount: int}}{said}}}
transformations:
  told:
    kind: select
    from: in
    columns:
      - id
      - amount
      - _source.partition as part
      - _source.sequence_number as number
      - _source.enqueued_time as at
      - _source.key as key
      - _source.properties as properties
outputPorts:
  out: {{from: told, write: append}}
"""


def product(hub: str, said: str = "") -> str:
    return PRODUCT.format(hub=hub, said=f", {said}" if said else "")


@pytest.fixture
def hubs(mini: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A mesh whose hubs are the broker's."""
    monkeypatch.setenv("SHOP_HUB", connection_string())
    mini.write("conf/environments/local.yml", ENVIRONMENT.format(namespace=broker.namespace))
    return mini


def order(name: str, amount: int = 1, **said: Any) -> Event:
    return Event(json.dumps({"id": name, "amount": amount}), **said)


def ids(mini: Any, name: str) -> list[str]:
    return sorted(row["id"] for row in mini.rows(f"{name}/out"))


def texts(root: Path) -> str:
    """All that the runs left in files, as text."""
    files = (file for file in root.rglob("*") if file.is_file())
    return "".join(file.read_bytes().decode("latin-1") for file in files)


def test_events_become_rows_with_what_they_say_of_themselves(hubs: Any, broker: Broker) -> None:
    broker.create("orders", 2)
    began = time.time()
    broker.send(
        "orders",
        order("a", key="k", properties={"type": "order", "raw": b"\xff"}),
        "{broken",
        Event(None, 0, "gone"),
        order("b", partition=1),
        order("c", partition=1),
    )
    hubs.product("orders", product("orders", "maxPerBatch: 3, consumerGroup: lakemesh"))
    grown: list[int] = []

    def grow(event: Any) -> None:
        if isinstance(event, BatchOpened) and not grown:
            grown.append(event.batch)
            broker.widen("orders", 3)
            broker.send("orders", order("d", partition=2))

    report = hubs.ran("orders", grow)
    assert (report.batches, grown) == (2, [0])
    (read,) = (entry for entry in report.entries if entry.kind == "input")
    assert (read.read, read.rejected, read.accepted) == (5, 2, 3)
    rows = {row["id"]: row for row in hubs.rows("orders/out")}
    first = rows["a"]
    assert (first["part"], first["number"], first["key"]) == ("0", 0, "k")
    assert json.loads(first["properties"]) == {"type": "order", "raw": "0xFF"}
    assert began - 1 < first["at"].timestamp() < time.time() + 1
    assert {name: (rows[name]["part"], rows[name]["number"]) for name in "bc"} == {
        "b": ("1", 0),
        "c": ("1", 1),
    }
    assert rows["b"]["key"] is rows["b"]["properties"] is None
    bad = {row["_reason"]: row for row in hubs.rows("orders/in__rejected")}
    assert (bad["not valid JSON"]["_raw"], bad["not valid JSON"]["_source"]["sequence_number"]) == (
        "{broken",
        1,
    )
    assert bad["empty record"]["_source"]["key"] == "gone"
    opened = [json.loads(row["offsets"]) for row in hubs.ops("batches") if row["state"] == "open"]
    assert opened[-1] == {"orders": {"0": 3, "1": 2}}

    assert hubs.ran("orders").batches == 1
    assert hubs.ran("orders").batches == 0
    assert ids(hubs, "orders") == ["a", "b", "c", "d"]
    assert KEY not in texts(hubs.root)
    seen = preview_view(hubs.mesh(), ProductName("shop", "orders"), "told", hubs.spark, 10)
    assert (len(seen.rows), seen.inputs) == (4, (Looked("in"),))


def test_an_open_batch_is_replayed_with_its_numbers_and_a_refresh_begins_where_the_flow_did(
    hubs: Any, broker: Broker
) -> None:
    broker.create("replayed")
    broker.send("replayed", order("old"), order("a"))
    start = 'startFrom: {"0": 1}'
    body = product("replayed", start) + "  copy: {from: told, write: append}\n"
    hubs.product("orders", body)

    def stop(event: Any) -> None:
        if isinstance(event, TableWritten) and event.table.endswith(".out"):
            raise RuntimeError("stopped here")

    assert hubs.run("orders", stop).state == "failed"
    broker.send("replayed", order("b"))
    seen: list[tuple[int, bool]] = []
    hubs.ran(
        "orders",
        lambda event: seen.append((event.batch, event.replayed)) if isinstance(event, BatchOpened) else None,
    )
    assert seen == [(0, True), (1, False)]
    assert ids(hubs, "orders") == ["a", "b"]
    assert sorted(row["id"] for row in hubs.rows("orders/copy")) == ["a", "b"]

    generations = {row["generation"] for row in hubs.ops("batches")}
    hubs.ran("orders", full=True)
    assert ids(hubs, "orders") == ["a", "b"]
    assert len({row["generation"] for row in hubs.ops("batches")} - generations) == 1

    broker.send("replayed", order("c"))
    broker.forget("replayed", p0=2)
    refused = hubs.run("orders", full=True)
    assert (
        "a full refresh would lose rows: input 'in' no longer holds partition 0: 1 event" in refused.message
    )
    hubs.ran("orders", full=True, accept_loss=True)
    assert ids(hubs, "orders") == ["b", "c"]


def test_lost_events_stop_a_flow_or_are_told(hubs: Any, broker: Broker) -> None:
    broker.create("late")
    hubs.product("orders", product("late"))
    broker.send("late", *(order(name) for name in "abc"))
    hubs.ran("orders")
    broker.send("late", *(order(name) for name in "defg"))
    broker.forget("late", p0=5)
    stopped = hubs.run("orders")
    assert stopped.error["error"] == "EventsLost"
    assert stopped.message.startswith(
        "shop.orders, flow 'in': input 'in' has not read what its hub no longer holds: partition 0: 2 events"
        " (sequence number 3 to 4), enqueued before 20"
    )
    assert "onDataLoss: continue" in stopped.message
    assert ids(hubs, "orders") == ["a", "b", "c"]

    hubs.product("orders", product("late", "onDataLoss: continue, minPerBatch: 2"))
    report = hubs.ran("orders")
    assert ids(hubs, "orders") == ["a", "b", "c", "f", "g"]
    (warning,) = report.warnings
    gap = "partition 0: 2 events (sequence number 3 to 4)"
    assert warning.startswith(f"input 'in' went on without what was gone before it was read: {gap}")
    (check,) = (row for row in hubs.ops("checks") if row["rule"] == "no_data_loss")
    assert json.loads(check["arguments"])["gone"][0].startswith(gap)
    assert not check["success"]

    broker.send("late", order("h"))
    broker.forget("late", p0=8)
    broker.send("late", order("i"))
    assert "partition 0: 1 event (sequence number 7)" in hubs.ran("orders").warnings[0]
    assert ids(hubs, "orders") == ["a", "b", "c", "f", "g", "i"]

    broker.remove("late")
    broker.create("late")
    broker.send("late", order("x"))
    assert "it was deleted and made anew" in hubs.run("orders").message


def test_where_a_first_run_begins_and_what_a_window_takes(hubs: Any, broker: Broker) -> None:
    import datetime as dt

    broker.create("starts", 2)
    broker.send("starts", order("a"), order("b", partition=1))
    time.sleep(0.05)
    between = dt.datetime.now(dt.UTC)
    time.sleep(0.05)
    broker.send("starts", order("c"), order("d", partition=1))
    hubs.product("numbered", product("starts", 'startFrom: {"1": 1}'))
    hubs.product("timed", product("starts", f'startFrom: "{between.isoformat()}"'))
    hubs.product("newest", product("starts", "startFrom: latest"))
    found = {}
    for name in ("numbered", "timed", "newest"):
        hubs.ran(name)
        found[name] = ids(hubs, name)
    assert found == {"numbered": ["a", "c", "d"], "timed": ["c", "d"], "newest": []}
    broker.send("starts", order("e"))
    hubs.ran("newest")
    assert ids(hubs, "newest") == ["e"]

    hubs.product("merged", product("starts").replace("write: append", "write: merge, keys: [id]"))
    hubs.ran("merged", start=between, end=between + dt.timedelta(days=1))
    assert ids(hubs, "merged") == ["c", "d", "e"]
    broker.forget("starts", p0=2)
    refused = hubs.run("merged", start=between, end=between + dt.timedelta(days=1))
    assert "holds partition 0 only from sequence number 2 on" in refused.message


def test_few_events_wait_for_others(hubs: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt

    from lakemesh.runner import hubs as runner_hubs

    broker.create("few")
    broker.send("few", order("a"))
    hubs.product("orders", product("few", "minPerBatch: 2"))
    hubs.ran("orders")
    broker.send("few", order("b"))
    assert hubs.ran("orders").batches == 0
    assert [row["drained"] for row in hubs.ops("runs")] == [False, True, False, False]
    monkeypatch.setattr(runner_hubs, "PATIENCE", dt.timedelta(0))
    hubs.ran("orders")
    assert ids(hubs, "orders") == ["a", "b"]
    monkeypatch.undo()


def test_bodies_that_are_avro_or_packed(hubs: Any, broker: Broker) -> None:
    from fastavro import parse_schema, schemaless_writer

    fields = [{"name": "id", "type": "string"}, {"name": "amount", "type": ["null", "int"]}]
    schema = {"type": "record", "name": "order", "fields": fields}
    into = io.BytesIO()
    schemaless_writer(into, parse_schema(schema), {"id": "a", "amount": 7})
    broker.create("avro")
    broker.send(
        "avro", Event(gzip.compress(into.getvalue())), Event(into.getvalue()), Event(b"\xff"), Event(None)
    )
    said = "format: avro, avroSchema: order.avsc, compression: gzip, onTombstone: keep"
    hubs.product("orders", product("avro", said))
    hubs.write("bundles/shop/orders/order.avsc", json.dumps(schema))
    hubs.ran("orders")
    assert sorted((row["id"] or "", row["amount"]) for row in hubs.rows("orders/out")) == [
        ("", None), ("a", 7), ("a", 7),
    ]  # fmt: skip
    (bad,) = hubs.rows("orders/in__rejected")
    assert (bad["_reason"], bad["_raw"]) == ("not valid Avro", "not-avro:/w==")


@contextmanager
def refusing() -> Iterator[tuple[str, list[str]]]:
    """An endpoint that gives nobody a token: its address, and how it was asked for one."""
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.headers.get("Authorization", ""))
            said = b'{"error": "invalid_client", "error_description": "AADSTS7000215: no such secret"}'
            self.send_response(401)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{{tenant}}/oauth2/v2.0/token", asked
        finally:
            server.shutdown()
            serving.join()


def test_who_may_not_read_is_told_in_a_sentence(
    hubs: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.create("closed")
    hubs.product("orders", product("closed"))
    monkeypatch.setenv("SHOP_HUB", connection_string("d3Jvbmcga2V5IG9mIHRlc3Rz"))
    wrong = hubs.run("orders")
    assert "does not accept the connection string of secret 'shop/hub'" in wrong.message
    assert "d3Jvbmcga2V5IG9mIHRlc3Rz" not in wrong.message
    monkeypatch.setenv("SHOP_HUB", connection_string(entity="carts"))
    assert "is for hub 'carts' (EntityPath)" in hubs.run("orders").message
    monkeypatch.setenv("SHOP_HUB", connection_string())
    hubs.product("orders", product("nowhere"))
    missing = hubs.run("orders")
    assert f"there is no hub 'nowhere' in namespace {broker.namespace}" in missing.message
    monkeypatch.setenv("SHOP_APP", "c2VjcmV0IG9mIHRoZSBhcHA=")
    app = "{entra: {tenant: t-1, clientId: app-1, secret: shop/app}}"
    place = ENVIRONMENT.format(namespace=broker.namespace).replace("{secret: shop/hub}", app)
    hubs.write("conf/environments/local.yml", place)
    with refusing() as (url, asked):
        monkeypatch.setattr(connection, "_TOKENS", url)
        unknown = hubs.run("orders")
    assert (
        "Entra ID gives the application app-1 (secret 'shop/app') no token (invalid_client)"
        in unknown.message
    )
    assert "c2VjcmV0" not in unknown.message
    assert asked[0].startswith("Basic ")
    hubs.write("conf/environments/local.yml", ENVIRONMENT.format(namespace="127.0.0.1:9"))
    silent = hubs.run("orders")
    assert "127.0.0.1:9 does not answer: connection refused" in silent.message
    assert all("\n" not in report.message for report in (wrong, missing, unknown, silent))
