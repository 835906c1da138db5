"""Bodies of events as texts of records: gzip, Avro, none at all."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from fastavro import parse_schema, schemaless_writer
from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import bodies
from lakemesh.read.bodies import all_null, text_of, unpack
from lakemesh.spec.inputs import EventHub

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "order",
    "fields": [
        {"name": "id", "type": "string"},
        {
            "name": "amount",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
        },
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}
ORDER = {
    "id": "a",
    "amount": Decimal("12.50"),
    "at": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
    "tags": ["x"],
}


def avro(record: dict[str, Any]) -> bytes:
    """A record as Avro alone encodes it, without a header."""
    into = io.BytesIO()
    schemaless_writer(into, parse_schema(SCHEMA), record)
    return into.getvalue()


def texts(spark: SparkSession, sent: list[bytes | None], **said: Any) -> list[str | None]:
    if said.get("format") == "avro":
        said["avroSchema"] = "order.avsc"
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": {"id": "string"}, **said})
    read = Read(name="in", mode="batch", port=port, avro=json.dumps(SCHEMA) if port.avro_schema else None)
    frame = spark.createDataFrame([(body,) for body in sent], "body binary").coalesce(1)
    return [row[0] for row in frame.select(text_of(F.col("body"), read, port)).collect()]


def test_a_body_is_text(spark: SparkSession) -> None:
    assert texts(spark, [b'{"id":"a"}', b"", None]) == ['{"id":"a"}', "", None]


def test_a_tombstone_may_be_kept(spark: SparkSession) -> None:
    assert texts(spark, [b"{}", b"", None], onTombstone="keep") == ["{}", "{}", "{}"]


def test_what_gzip_packed_is_unpacked(spark: SparkSession) -> None:
    whole = gzip.compress(b'{"id":"a"}')
    two = gzip.compress(b'{"id":') + gzip.compress(b'"b"}')
    sent = [whole, b'{"id":"c"}', two, None, b""]
    assert texts(spark, sent, compression="gzip") == ['{"id":"a"}', '{"id":"c"}', '{"id":"b"}', None, ""]


def test_what_cannot_be_unpacked_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gzip.compress(b"x" * 1000)
    assert unpack(whole) == b"x" * 1000
    assert unpack(whole[:-9]) is None
    assert unpack(whole[:10] + b"\xff" * 20) is None
    assert unpack(whole + b"rest") is None
    assert unpack(None) is None
    monkeypatch.setattr(bodies, "_MOST_BYTES", 999)
    assert unpack(whole) is None


def test_avro_becomes_json(spark: SparkSession) -> None:
    record, none, torn = texts(spark, [avro(ORDER), None, b"\xff\xff\xff"], format="avro")
    assert json.loads(record or "") == {
        "id": "a",
        "amount": 12.50,
        "at": "2026-01-02T03:04:05.678901Z",
        "tags": ["x"],
    }
    assert none is None
    assert torn == "not-avro:////"


def test_avro_may_be_packed(spark: SparkSession) -> None:
    (record,) = texts(spark, [gzip.compress(avro(ORDER))], format="avro", compression="gzip")
    assert json.loads(record or "")["id"] == "a"


@pytest.mark.parametrize(
    ("kinds", "body"),
    [
        (["string"], None),
        ([["null", "string"], ["string", "null"]], b"\x00\x02"),
        ([["null", "string"], "int"], None),
        (["null"], b""),
    ],
)
def test_a_record_without_values_is_told_from_what_is_none(kinds: list[Any], body: bytes | None) -> None:
    fields = [{"name": f"f{n}", "type": kind} for n, kind in enumerate(kinds)]
    assert all_null(json.dumps({"type": "record", "name": "r", "fields": fields})) == body
