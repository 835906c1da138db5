from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lakemesh.spec.inputs import InputPort

PORT: TypeAdapter[Any] = TypeAdapter(InputPort)
HUB = {"kind": "eventhub", "hub": "orders", "schema": {"id": "string"}}
PRODUCT = {"kind": "product", "product": "a.b", "port": "c"}


def port(**said: Any) -> Any:
    return PORT.validate_python(said)


def test_events_and_files_are_read_once() -> None:
    assert port(**HUB).incremental
    assert port(kind="blob", path="in/", schema={"id": "string"}).incremental


def test_a_product_is_a_snapshot_unless_it_says_otherwise() -> None:
    assert not port(**PRODUCT).incremental
    assert port(**PRODUCT, read="appends").incremental


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("earliest", "earliest"),
        ("2026-01-02T03:04:05+00:00", dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        ({"0": 12}, {"0": 12}),
    ],
)
def test_where_a_hub_is_read_from(said: Any, value: Any) -> None:
    assert port(**HUB, startFrom=said).start_from == value


@pytest.mark.parametrize(
    "said", [{"maxPerBatch": 0}, {"maxPerBatch": "5"}, {"startFrom": "first"}, {"schema": None}]
)
def test_what_a_hub_cannot_say(said: Any) -> None:
    with pytest.raises(ValidationError):
        port(**{**HUB, **said})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"startFrom": {"first": 1}}, "pattern"),
        ({"startFrom": {"0": -1}}, "greater than or equal to 0"),
        ({"hub": "orders,carts"}, "no name of an Event Hub"),
        ({"format": "avro"}, "format: avro and avroSchema"),
        ({"avroSchema": "order.avsc"}, "format: avro and avroSchema"),
        ({"minPerBatch": 3, "maxPerBatch": 2}, "must not be more than maxPerBatch"),
    ],
)
def test_hubs_that_are_none(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        port(**{**HUB, **said})


def test_what_a_hub_may_say() -> None:
    found = port(**HUB, format="avro", avroSchema="order.avsc", compression="gzip", onTombstone="keep")
    assert (found.avro_schema, found.compression, found.on_tombstone) == ("order.avsc", "gzip", "keep")
