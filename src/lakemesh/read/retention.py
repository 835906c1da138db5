"""What a hub still holds: where its partitions begin now, what passed out of retention unread, what waits.

All of it is read from the hub by Spark's own source, a few events each time: whatever signs in to read can
look, on any platform, and nothing else has to.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.files import read_offsets
from lakemesh.read.kafka import FIRST, LAST, hub_options, partitions_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import HubSource, Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import EventHub

Numbers = Mapping[str, int]
"""A sequence number for each partition."""


@dataclass(frozen=True)
class Beginning:
    """The first event that a partition still holds."""

    partition: str
    number: int
    time: dt.datetime


@dataclass(frozen=True)
class Gap:
    """Events of a partition that were gone before they were read: the numbers from `first` to `last`."""

    partition: str
    first: int
    last: int
    until: dt.datetime | None
    """When the first event behind them was enqueued; None where none is there."""

    @property
    def events(self) -> int:
        """How many numbers it spans."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        """The gap in words: partition, events, and the time before which they were enqueued."""
        numbers = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        before = f", enqueued before {self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else ""
        events = "event" if self.events == 1 else "events"
        return f"partition {self.partition}: {self.events:,} {events} (sequence number {numbers}){before}"


def numbers_of(port: EventHub, offsets: str) -> dict[str, int]:
    """The numbers at which a checkpoint's offsets stand: in each partition the next event to be read."""
    said: dict[str, int] = json.loads(offsets).get(port.hub, {}) if offsets else {}
    return said


def first_numbers(port: EventHub, checkpoint: str) -> dict[str, int]:
    """The numbers at which a checkpoint began; none where it has not begun."""
    file = Path(checkpoint, "sources", "0", "0")
    # Spark writes a zero byte, then the version of the log, before the offsets.
    return numbers_of(port, file.read_text(encoding="utf-8").rpartition("\n")[2]) if file.is_file() else {}


def start_numbers(port: EventHub, checkpoint: str, batch: int) -> dict[str, int]:
    """The numbers at which a batch begins."""
    if batch and Path(checkpoint, "offsets", str(batch - 1)).is_file():
        return numbers_of(port, read_offsets(checkpoint, batch - 1))
    return first_numbers(port, checkpoint)


def beginning(read: Read, port: EventHub, hub: HubSource, partition: str, run: Run) -> Beginning | None:
    """The first event that a partition holds now; None where it holds none."""
    events = _events(read, port, hub, {partition: FIRST}, {partition: LAST}, run)
    row = events.select("offset", "timestamp").limit(1).first()
    return None if row is None else Beginning(partition, row["offset"], _utc(row["timestamp"]))


def gaps(
    read: Read, port: EventHub, hub: HubSource, span: tuple[Numbers, Numbers], run: Run
) -> Iterator[Gap]:
    """What a hub no longer holds of the events from one set of numbers up to, and without, another.

    A partition that is new among the latter begins with its first event.
    """
    start, end = span
    for partition, stop in sorted(end.items(), key=lambda one: int(one[0])):
        at = start.get(partition, 0)
        if at >= stop:
            continue
        now = beginning(read, port, hub, partition, run)
        first = stop if now is None else min(now.number, stop)
        if first > at:
            yield Gap(partition, at, first - 1, now.time if now else None)


def begun_since(
    read: Read, port: EventHub, hub: HubSource, start: dt.datetime, run: Run
) -> Iterator[Beginning]:
    """The partitions that have lost events and may have lost some that were enqueued after a time."""
    for partition in partitions_of(read, port, hub, run):
        now = beginning(read, port, hub, partition, run)
        if now is not None and now.number > 0 and now.time > start:
            yield now


@dataclass(frozen=True)
class Waiting:
    """Events that a hub holds and nobody has read: how many, counted to a limit, and since when one waits."""

    events: int
    since: dt.datetime | None


def waiting(read: Read, port: EventHub, hub: HubSource, start: Numbers, most: int, run: Run) -> Waiting:
    """What waits behind the numbers, counted up to `most`."""
    events = _events(read, port, hub, start, dict.fromkeys(start, LAST), run)
    counted = events.select("timestamp").limit(most).agg(F.count(F.lit(1)), F.min("timestamp")).first()
    return Waiting(counted[0], counted[1] and _utc(counted[1])) if counted else Waiting(0, None)


def _events(read: Read, port: EventHub, hub: HubSource, start: Numbers, end: Numbers, run: Run) -> DataFrame:
    """The events between numbers, of these partitions alone, as Spark's Kafka source has them."""
    options = {key: value for key, value in hub_options(read, port, hub, run).items() if key != "subscribe"}
    said = {
        "assign": json.dumps({port.hub: [int(partition) for partition in start]}),
        "startingOffsets": json.dumps({port.hub: dict(start)}),
        "endingOffsets": json.dumps({port.hub: dict(end)}),
    }
    return run.session.read.format("kafka").options(**options, **said).load()


def _utc(time: dt.datetime) -> dt.datetime:
    """A timestamp as collected, which is in this machine's zone, in UTC."""
    return time.astimezone(dt.UTC)
