"""A few records of an incremental input as a batch, through no checkpoint: those of its newest files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote, urlparse

from pyspark.sql import functions as F

from lakemesh.errors import ReadFailed
from lakemesh.names import CHANGES
from lakemesh.read import eventhub, files, kafka, tables
from lakemesh.read.records import source_struct
from lakemesh.spec.inputs import Blob, EventHub, ProductInput

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader

    from lakemesh.plan.stages import Read
    from lakemesh.run import Run


@dataclass(frozen=True)
class Most:
    """How much is read at most: files, the newest ones, and records."""

    files: int
    records: int


@dataclass(frozen=True)
class Sampled:
    """A sample: raw records of some of an input's files, or rows of a table's version."""

    frame: DataFrame
    files: int = 0
    of: int = 0
    """How many files there are."""
    version: int | None = None


def sample_input(read: Read, run: Run, most: Most) -> Sampled:
    """A sample of an incremental input: `value` and `_source` for JSON, a product's columns and `_source`.

    Raises ReadFailed where the source is not there.
    """
    match read.port:
        case Blob() as port:
            files.require_folders(read)
            reader = run.session.read.format("text").option("wholetext", port.multi_line)
            if port.pattern:
                reader = reader.option("pathGlobFilter", port.pattern)
            found = _newest(reader, read, most)
            return Sampled(files.lines_of(found.frame, read, run).limit(most.records), found.files, found.of)
        case EventHub() as port if read.hub is not None:
            return Sampled(kafka.first_events(read, port, read.hub, run).limit(most.records))
        case EventHub() as port:
            if not read.paths:
                raise ReadFailed(
                    f"input '{read.name}' has no captured events to take a sample of: say the path of"
                    " Event Hubs Capture's files in the environment, hubs.<domain>.path."
                )
            files.require_folders(read)
            reader = run.session.read.format("avro").schema(eventhub.CAPTURED)
            found = _newest(reader.option("pathGlobFilter", eventhub.CAPTURE), read, most)
            events = eventhub.events_of(found.frame, read, port, run)
            return Sampled(events.limit(most.records), found.files, found.of)
        case ProductInput() as port:
            version = tables.current_version(read, run)
            rows = tables.read_version(read, version, run).limit(most.records)
            if port.read == "changes":  # as a first run takes the table: as inserts
                rows = rows.withColumns(dict(zip(CHANGES, (F.lit("insert"), F.lit(version)), strict=True)))
            return Sampled(rows.withColumn("_source", source_struct(read.name, run)), version=version)
        case _:
            assert_never(read.port)


def _newest(reader: DataFrameReader, read: Read, most: Most) -> Sampled:
    """The newest files of a folder; all of them where their times are not to be had from here."""
    frame = reader.option("recursiveFileLookup", "true").load(read.paths[0])
    times = sorted(map(_modified, frame.inputFiles()), reverse=True)
    if len(times) <= most.files or not times[-1]:
        return Sampled(frame, len(times), len(times))
    # Spark leaves files out by their metadata before it opens one.
    since = times[most.files - 1]
    kept = frame.where(F.col("_metadata.file_modification_time") >= F.timestamp_millis(F.lit(since)))
    return Sampled(kept, sum(time >= since for time in times), len(times))


def _modified(address: str) -> int:
    """When a local file was changed, in milliseconds, which is what Spark knows of it; 0 for any other."""
    path = unquote(urlparse(address).path)
    return (
        os.stat(path).st_mtime_ns // 1_000_000 if address.startswith("file:") and os.path.exists(path) else 0
    )
