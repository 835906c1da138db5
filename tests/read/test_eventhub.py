"""Events of Event Hubs Capture: its layout, its record, its times, bodies that are empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastavro import parse_schema, writer

from lakemesh.errors import ReadFailed
from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.eventhub import begins_with
from lakemesh.read.records import SOURCE
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import EventHub

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.run import Run

Drain = Callable[[Read], list[list[dict[str, Any]]]]
# As Event Hubs writes it: https://learn.microsoft.com/azure/event-hubs/explore-captured-avro-files
PROPERTIES = {"type": "map", "values": ["long", "double", "string", "bytes"]}
EVENT = parse_schema(
    {
        "type": "record",
        "name": "EventData",
        "namespace": "Microsoft.ServiceBus.Messaging",
        "fields": [
            {"name": "SequenceNumber", "type": "long"},
            {"name": "Offset", "type": "string"},
            {"name": "EnqueuedTimeUtc", "type": "string"},
            {"name": "SystemProperties", "type": PROPERTIES},
            {"name": "Properties", "type": {**PROPERTIES, "values": [*PROPERTIES["values"], "null"]}},
            {"name": "Body", "type": ["null", "bytes"]},
        ],
    }
)


def capture(file: Path, *events: tuple[int, str, bytes | None]) -> None:
    """A file of Capture: sequence number, enqueued time and body of each event."""
    file.parent.mkdir(parents=True, exist_ok=True)
    records = [
        {
            "SequenceNumber": number,
            "Offset": str(number * 100),
            "EnqueuedTimeUtc": at,
            "SystemProperties": {"x-opt-sequence-number": number},
            "Properties": {"kind": "order", "none": None},
            "Body": body,
        }
        for number, at, body in events
    ]
    with file.open("wb") as handle:
        writer(handle, EVENT, records, codec="deflate")


def hub(path: str) -> Read:
    port = EventHub.model_validate({"kind": "eventhub", "hub": "shop-orders", "schema": {"a": "bigint"}})
    columns = (Column.model_validate({"name": "a", "physicalType": "bigint"}),)
    return Read(name="events", mode="batch", port=port, columns=columns, paths=(path,))


def test_events_carry_where_and_when_they_were_in_the_hub(
    tmp_path: Path, spark: SparkSession, drain: Drain
) -> None:
    # The namespace bears the hub's name, which must not be taken for the hub's own folder.
    hubs = tmp_path / "capture" / "shop-orders" / "shop-orders"
    capture(
        hubs / "0/2026/11/21/04/02/00.avro",
        (7, "11/21/2026 4:02:00 AM", b'{"a":1}'),
        (8, "11/21/2026 12:00:01 PM", b""),
    )
    capture(hubs / "12/2026/11/21/04/02/00.avro", (1, "1/2/2026 12:30:59 AM", None), (2, "no time", b"\xff"))
    capture(hubs / "12/2026/11/21/04/07/00.avro")
    (tmp_path / "capture/shop-orders/other/0").mkdir(parents=True)
    zone = spark.conf.get("spark.sql.session.timeZone") or "UTC"
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        (batch,) = drain(hub(f"{tmp_path}/capture/*/shop-orders"))
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
    found = {
        (row["_source"]["partition"], row["_source"]["sequence_number"]): row["_source"]["enqueued_time"]
        for row in batch
    }
    times = {key: at and at.astimezone(dt.UTC) for key, at in found.items()}
    assert times == {
        ("0", 7): dt.datetime(2026, 11, 21, 4, 2, tzinfo=dt.UTC),
        ("0", 8): dt.datetime(2026, 11, 21, 12, 0, 1, tzinfo=dt.UTC),
        ("12", 1): dt.datetime(2026, 1, 2, 0, 30, 59, tzinfo=dt.UTC),
        ("12", 2): None,
    }
    first = next(row["_source"] for row in batch if row["value"] == '{"a":1}')
    assert first["path"].endswith("/shop-orders/0/2026/11/21/04/02/00.avro")
    assert first["size"] > 0
    assert first["modified"] is not None


def test_an_event_without_a_body_is_rejected(spark: SparkSession, run: Run) -> None:
    source = f"cast(null as {SOURCE})"
    raw = spark.sql(
        f"select value, {source} as _source from values ('{{\"a\":1}}'), (''), (null), ('  ') as t(value)"
    ).withColumn("_source", _with_sequence())
    batch = judge_records(hub("x"), raw, run)
    assert sorted(row["_reason"] for row in batch.rejected().collect()) == ["empty record"] * 3
    assert [row["a"] for row in batch.accepted().collect()] == [1]


def _with_sequence() -> Any:
    from pyspark.sql import functions as F

    names = [
        field.partition(":")[::2] for field in SOURCE.removeprefix("struct<").removesuffix(">").split(",")
    ]
    fields = [
        (F.lit(1) if name == "sequence_number" else F.lit(None)).cast(kind).alias(name)
        for name, kind in names
    ]
    return F.struct(*fields)


def test_a_hub_without_a_folder_is_told(tmp_path: Path, drain: Drain) -> None:
    (tmp_path / "capture/ns/other").mkdir(parents=True)
    with pytest.raises(
        ReadFailed, match=r"input 'events' reads .*/\*/shop-orders, and there is no such folder"
    ):
        drain(hub(f"{tmp_path}/capture/*/shop-orders"))


def test_a_hub_is_read_from_where_its_checkpoint_begins(spark: SparkSession) -> None:
    rows = [("0", 1, "2026-01-01"), ("0", 2, "2026-01-02"), ("1", 1, "2026-01-03"), ("1", 2, None)]
    frame = spark.createDataFrame(rows, "partition string, sequence_number bigint, at string").selectExpr(
        "named_struct('partition', partition, 'sequence_number', sequence_number,"
        " 'enqueued_time', cast(at as timestamp)) as _source"
    )

    def first(start: str | dict[str, int]) -> list[tuple[str, int]]:
        column = begins_with(start)
        kept = frame if column is None else frame.where(column)
        return [(row[0]["partition"], row[0]["sequence_number"]) for row in kept.collect()]

    every = [("0", 1), ("0", 2), ("1", 1), ("1", 2)]
    assert first("earliest") == first({}) == every
    assert first("2026-01-02T00:00:00+00:00") == every[1:]
    assert first({"0": 2}) == every[1:]
    assert first({"0": 3, "1": 2}) == [("1", 2)]
