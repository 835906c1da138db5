"""The options of Spark's Kafka source; what it gives of a hub is tried with a broker in tests/runner."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.plan.stages import HubSource, Read
from lakemesh.read import kafka
from lakemesh.read.kafka import hub_options, open_hub, read_hub
from lakemesh.run import Secrets
from lakemesh.spec.inputs import EventHub

HUB = HubSource.model_validate({"address": "shop.example.com:9093", "credential": {"secret": "shop/hub"}})
SECRET = "Endpoint=sb://shop.example.com/;SharedAccessKeyName=n;SharedAccessKey=a2V5"


class Reader:
    """A reader of Spark that keeps its options and reads nothing."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def format(self, name: str) -> Reader:
        assert name == "kafka"
        return self

    def options(self, **said: str) -> Reader:
        self.said |= said
        return self

    def load(self) -> Any:
        return self


def made(monkeypatch: pytest.MonkeyPatch, start: Any = "earliest", **said: Any) -> dict[str, str]:
    """The options of the stream of a port."""
    monkeypatch.setattr(kafka, "hub_events", lambda frame, *_: frame)
    monkeypatch.setattr(kafka, "partitions_of", lambda *_: ("0", "1", "2"))
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": {"a": "bigint"}, **said})
    read = Read(name="in", mode="batch", port=port, hub=HUB, start=start)
    reader = Reader()
    run: Any = SimpleNamespace(
        session=SimpleNamespace(readStream=reader), secrets=Secrets({"shop/hub": SECRET})
    )
    open_hub(read, port, HUB, run)
    return reader.said


def test_what_every_hub_is_read_with(monkeypatch: pytest.MonkeyPatch) -> None:
    said = made(monkeypatch, consumerGroup="lakemesh", maxPerBatch=500)
    asked = {key: said[key] for key in said if "sasl" not in key and "security" not in key}
    assert asked == {
        "kafka.bootstrap.servers": "shop.example.com:9093",
        "kafka.metadata.max.age.ms": "180000",
        "kafka.connections.max.idle.ms": "180000",
        "kafka.request.timeout.ms": "60000",
        "kafka.session.timeout.ms": "30000",
        "subscribe": "h",
        "includeHeaders": "true",
        "groupIdPrefix": "lakemesh",
        "failOnDataLoss": "true",
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": "500",
    }


def test_where_a_checkpoint_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = made(monkeypatch, "2026-01-02T00:00:00+00:00")
    assert timed["startingTimestamp"] == "1767312000000"
    assert timed["startingOffsetsByTimestampStrategy"] == "latest"
    numbered = json.loads(made(monkeypatch, {"1": 7})["startingOffsets"])
    assert numbered == {"h": {"0": -2, "1": 7, "2": -2}}


def test_a_window_is_asked_for_by_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "hub_events", lambda frame, *_: frame)
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": {"a": "bigint"}})
    read, reader = Read(name="in", mode="batch", port=port, hub=HUB), Reader()
    run: Any = SimpleNamespace(session=SimpleNamespace(read=reader), secrets=Secrets({"shop/hub": SECRET}))
    day = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    read_hub(read, port, HUB, (day, day + dt.timedelta(days=1)), run)
    assert (reader.said["startingTimestamp"], reader.said["endingTimestamp"]) == (
        "1767312000000",
        "1767398400000",
    )


def test_lost_events_are_passed_only_where_that_is_decided() -> None:
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": {"a": "bigint"}})
    read = Read(name="in", mode="batch", port=port, hub=HUB, passing=True)
    run: Any = SimpleNamespace(secrets=Secrets({"shop/hub": SECRET}))
    assert hub_options(read, port, HUB, run)["failOnDataLoss"] == "false"
