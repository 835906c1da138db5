"""Pins: what a batch was given, kept in `batches`, and what may not have changed on its replay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import ReplayRefused
from lakemesh.plan.places import Place
from lakemesh.read.files import File
from lakemesh.runner.pins import Pins, elsewhere, last_batch, require_places, require_same
from lakemesh.write.ops import append_facts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
THEN = dt.datetime(2026, 1, 1, 2, 3, 4, 567000, dt.UTC)
A, B = File("file:/in/a.json", 3, THEN), File("file:/in/b.json", 4, THEN)
PINS = Pins(CLOCK, {"customers": 7}, '{"logOffset":3}', (A, B), environments={"customers": "prod"})


def gone(file: File) -> File:
    return File(file.path, -1, dt.datetime.fromtimestamp(0, dt.UTC))


CHANGES = {
    "one is gone": ((A, gone(B)), PINS.offsets, "file:/in/b.json is gone"),
    "one is no longer in it": ((A,), PINS.offsets, "file:/in/b.json is gone"),
    "one has other bytes": ((File(A.path, 5, THEN), B), PINS.offsets, "file:/in/a.json was replaced"),
    "one has another time": ((A, File(B.path, 4, CLOCK)), PINS.offsets, "file:/in/b.json was replaced"),
    "one more": (
        (A, B, File("file:/in/c.json", 1, THEN)),
        PINS.offsets,
        "its checkpoint covers other records",
    ),
    "another offset": ((A, B), '{"logOffset":4}', "its checkpoint covers other records"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_records_that_are_not_the_same_are_refused(what: str) -> None:
    files, offsets, told = CHANGES[what]
    with pytest.raises(ReplayRefused, match=r"was begun by a run that was killed") as caught:
        require_same(PINS, files, offsets)
    assert told in str(caught.value)


def test_the_same_records_are_taken() -> None:
    require_same(PINS, (B, A), PINS.offsets)
    require_same(Pins(CLOCK), (), "")


def test_a_version_of_another_environment_is_not_one_of_this() -> None:
    def reading(**environments: str) -> Any:
        reads = [
            SimpleNamespace(name=name, environment=where, mode="snapshot")
            for name, where in environments.items()
        ]
        return SimpleNamespace(reads=[*reads, SimpleNamespace(name="x", environment="prod", mode="empty")])

    assert elsewhere(reading(customers="prod", orders="")) == {"customers": "prod"}
    require_places(PINS, reading(customers="prod"))
    with pytest.raises(ReplayRefused) as refused:
        require_places(PINS, reading(customers=""))
    assert str(refused.value) == (
        "the open batch was begun with input 'customers' read from the environment 'prod', and now it is read"
        " from this environment: undo that run with lakemesh restore, then run again."
    )
    with pytest.raises(ReplayRefused, match=r"read from this environment, and now .* 'prod': undo"):
        require_places(Pins(CLOCK), reading(customers="prod"))


def test_the_last_batch_comes_back_with_its_pins(spark: SparkSession, tmp_path: Path) -> None:
    table = Place(name="shop._ops.batches", location=str(tmp_path / "batches"))
    assert last_batch(spark, table, "shop.orders", "in") is None

    def told(minute: int, batch: int, state: str, pins: Pins, **key: Any) -> dict[str, Any]:
        at = dt.datetime(2026, 1, 2, 3, minute, tzinfo=dt.UTC)
        known = {"product": "shop.orders", "flow": "in", "generation": "g", "batch": batch, "at": at}
        return {**known, **pins.facts(), "state": state, **key}

    rows = [
        told(1, 3, "open", Pins(THEN)),
        told(2, 3, "done", Pins(THEN)),
        told(3, 4, "open", PINS),
        told(9, 9, "done", Pins(THEN), flow="other"),
        told(9, 9, "done", Pins(THEN), product="shop.other"),
    ]
    append_facts(spark, table, "batches", rows)
    zone = spark.conf.get("spark.sql.session.timeZone") or "UTC"
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        last = last_batch(spark, table, "shop.orders", "in")
        assert last is not None
        assert (last.generation, last.batch, last.is_open, last.pins) == ("g", 4, True, PINS)
        append_facts(spark, table, "batches", [told(4, 4, "done", PINS)])
        last = last_batch(spark, table, "shop.orders", "in")
        assert last is not None
        assert (last.batch, last.is_open) == (4, False)
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
