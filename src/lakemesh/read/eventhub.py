"""Events of an Event Hub: from the Avro files that Event Hubs Capture writes.

Layout and record: https://learn.microsoft.com/azure/event-hubs/event-hubs-capture-overview and
https://learn.microsoft.com/azure/event-hubs/explore-captured-avro-files.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.plan.stages import EARLIEST
from lakemesh.read.bodies import text_of
from lakemesh.read.files import file_reader, require_folders
from lakemesh.read.records import source_struct

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import EventHub

CAPTURED = "SequenceNumber bigint, Offset string, EnqueuedTimeUtc string, Body binary"
"""What is read of a captured event."""
CAPTURE = "*.avro"
"""The names of Capture's files."""
# Capture writes the time in the invariant culture of .NET.
_ENQUEUED = "M/d/yyyy h:mm:ss a X"


def open_capture(read: Read, port: EventHub, run: Run) -> DataFrame:
    """The events of a hub's Capture files as a stream: value, _source."""
    require_folders(read)
    reader = file_reader(run.session.readStream.format("avro"), port)
    return events_of(
        reader.schema(CAPTURED).option("pathGlobFilter", CAPTURE).load(read.paths[0]), read, port, run
    )


def read_capture(read: Read, port: EventHub, run: Run) -> DataFrame:
    """The same events of all files that are there now, as a frame."""
    require_folders(read)
    reader = run.session.read.format("avro").option("recursiveFileLookup", "true")
    found = reader.schema(CAPTURED).option("pathGlobFilter", CAPTURE).load(read.paths[0])
    return events_of(found, read, port, run)


def events_of(frame: DataFrame, read: Read, port: EventHub, run: Run) -> DataFrame:
    """The rows of Capture files as raw records from the port's start on: value (the body), _source."""
    partition = F.regexp_extract("_metadata.file_path", f".*/{re.escape(port.hub)}/([^/]+)/", 1)
    events = frame.select(
        text_of(F.col("Body"), read, port).alias("value"),
        source_struct(
            read.name,
            run,
            path="_metadata.file_path",
            size="_metadata.file_size",
            modified="_metadata.file_modification_time",
            partition=partition,
            sequence_number="SequenceNumber",
            enqueued_time=F.try_to_timestamp(F.concat("EnqueuedTimeUtc", F.lit(" Z")), F.lit(_ENQUEUED)),
        ),
    )
    first = begins_with(read.start)
    return events if first is None else events.where(first)


def begins_with(start: str | dict[str, int]) -> Column | None:
    """Which events a port begins with: all, those of a time on, or of a number on in each partition said.

    An event whose time cannot be read is among them: it is better read twice than lost.
    """
    if isinstance(start, str):
        since = F.lit(start).cast("timestamp")
        return None if start == EARLIEST else F.coalesce(F.col("_source.enqueued_time") >= since, F.lit(True))
    skipped = [
        (F.col("_source.partition") == partition) & (F.col("_source.sequence_number") < number)
        for partition, number in start.items()
    ]
    return ~reduce(or_, skipped) if skipped else None
