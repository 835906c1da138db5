"""Input ports into frames: a stream to follow, a micro-batch parsed, a pinned snapshot, an empty frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from pyspark.sql import functions as F

from lakemesh.errors import EventsLost
from lakemesh.read import eventhub, files, kafka, records, retention, tables
from lakemesh.read.gaps import Gap, find_gap
from lakemesh.spec.inputs import Blob, EventHub, ProductInput

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import HubSource, Read
    from lakemesh.run import Run


@dataclass(frozen=True)
class Batch:
    """A micro-batch judged: every record with the `reason` for which it is rejected, NULL where it is not.

    `frame` has the columns of the port, its metadata, the raw text and the reason.
    """

    frame: DataFrame
    reason: Column
    metrics: dict[str, Column]
    hidden: tuple[str, ...] = records.HIDDEN

    def accepted(self) -> DataFrame:
        """The records that parsed, without the raw text."""
        return self.frame.where(self.reason.isNull()).drop(*self.hidden)

    def rejected(self) -> DataFrame:
        """The raw text of the records that did not parse: _raw, _reason, _source."""
        return records.rejected(self.frame)


def open_stream(read: Read, run: Run) -> DataFrame:
    """The stream of an input's raw records: `value` and `_source` for JSON, a product's columns.

    Raises ReadFailed where the source is not there.
    """
    match read.port:
        case Blob():
            return files.open_files(read, read.port, run)
        case EventHub() if read.hub is not None:
            return kafka.open_hub(read, read.port, read.hub, run)
        case EventHub():
            return eventhub.open_capture(read, read.port, run)
        case ProductInput(read="changes"):
            return tables.open_changes(read, read.port, run)
        case ProductInput():
            return tables.open_appends(read, read.port, run)
        case _:
            assert_never(read.port)


def read_window(read: Read, times: tuple[dt.datetime, dt.datetime], run: Run) -> DataFrame:
    """The raw records of an input that arrived in [start, end): `value` and `_source`.

    Raises ReadFailed where the source is not there, and TypeError for a table.
    """
    match read.port:
        case Blob():
            records = files.read_files(read, read.port, run)
        case EventHub() if read.hub is not None:
            _require_since(read, read.port, read.hub, times[0], run)
            records = kafka.read_hub(read, read.port, read.hub, times, run)
        case EventHub():
            records = eventhub.read_capture(read, read.port, run)
        case _:
            raise TypeError(f"the rows of input '{read.name}' have no time of arrival")
    arrived, (start, end) = F.col(f"_source.{arrival_of(read)}"), times
    return records.where((arrived >= F.lit(start)) & (arrived < F.lit(end)))


def _require_since(read: Read, port: EventHub, hub: HubSource, start: dt.datetime, run: Run) -> None:
    """Nothing. Raises EventsLost where events of a window may have passed out of the hub's retention."""
    gone = next(retention.begun_since(read, port, hub, start, run), None)
    if gone is not None:
        raise EventsLost(
            f"hub '{port.hub}' of input '{read.name}' holds partition {gone.partition} only from sequence"
            f" number {gone.number} on, enqueued at {gone.time:%Y-%m-%dT%H:%M:%SZ}, and the window begins"
            " before that. Nothing was changed. Take a later --from, or read the files of Capture, in an"
            " environment with transport: capture."
        )


def arrival_of(read: Read) -> str:
    """The field of `_source` that says when a record arrived: its event was enqueued, its file written."""
    return "enqueued_time" if isinstance(read.port, EventHub) else "modified"


def judge_records(
    read: Read, raw: DataFrame, run: Run, keep: Callable[[DataFrame], DataFrame] = lambda frame: frame
) -> Batch:
    """A raw micro-batch of JSON records, parsed once: what is parsed is kept as `keep` does."""
    if not isinstance(read.port, Blob | EventHub):
        raise TypeError(f"input '{read.name}' has no records to parse")
    return Batch(*records.parse(read, read.port, raw, run, keep))


def judge_rows(read: Read, raw: DataFrame, run: Run) -> Batch:
    """The rows of a product's micro-batch that its port asks for, each to be rejected by a rule or not."""
    return Batch(*records.judge_rows(tables.wanted(read, raw, run)))


def keep_wanted(read: Read, raw: DataFrame, run: Run) -> DataFrame:
    """The rows of a product's micro-batch that its port asks for."""
    return tables.wanted(read, raw, run)


def read_snapshot(read: Read, versions: Mapping[str, int], run: Run) -> DataFrame:
    """A product's table, or what a view gives over its tables, as of the pinned versions."""
    if read.view is not None:
        return tables.read_view(read, read.view, versions, run)
    return tables.read_version(read, versions[read.name], run)


def snapshot_versions(read: Read, run: Run) -> dict[str, int]:
    """The pins of a snapshot: its table's version now. Raises ReadFailed where there is no table."""
    return tables.current_versions(read, run)


def empty_frame(read: Read, run: Run) -> DataFrame:
    """A frame of the input's columns without a row."""
    if read.is_json:
        return records.empty(read, run)
    return tables.empty(read, run)


def list_batch(read: Read, checkpoint: str, batch: int) -> tuple[str, tuple[files.File, ...]]:
    """What a batch covers, from its checkpoint: its offsets as text, and its files with size and time."""
    offsets = files.read_offsets(checkpoint, batch)
    return offsets, files.list_files(checkpoint, batch) if read.is_files else ()


def replaced_files(read: Read, checkpoint: str, known: Mapping[str, files.File]) -> tuple[str, ...]:
    """The files of an input that were read and then replaced under their names."""
    return files.replaced_files(checkpoint, known) if read.is_files else ()


def lost_files(checkpoint: str, batch: int) -> tuple[str, ...]:
    """The files that a batch should have read and cannot, since they are gone."""
    return tuple(file.path for file in files.list_files(checkpoint, batch) if file.size < 0)


def lost_events(read: Read, checkpoint: str, batch: int, run: Run) -> tuple[retention.Gap, ...]:
    """The events that a batch should have read and cannot, since the hub no longer holds them."""
    if not isinstance(read.port, EventHub) or read.hub is None:
        return ()
    start = retention.start_numbers(read.port, checkpoint, batch)
    end = retention.numbers_of(read.port, files.read_offsets(checkpoint, batch))
    return tuple(retention.gaps(read, read.port, read.hub, (start, end), run))


def lost_since(read: Read, checkpoint: str, offsets: str, run: Run) -> tuple[retention.Gap, ...]:
    """The events that a hub no longer holds of those from a checkpoint's beginning up to offsets."""
    if not isinstance(read.port, EventHub) or read.hub is None:
        return ()
    span = retention.first_numbers(read.port, checkpoint), retention.numbers_of(read.port, offsets)
    return tuple(retention.gaps(read, read.port, read.hub, span, run))


def lost_versions(read: Read, offsets: str) -> Gap | None:
    """What a table that is followed no longer has, from the offsets at which its stream stands."""
    return find_gap(read, offsets) if isinstance(read.port, ProductInput) else None
