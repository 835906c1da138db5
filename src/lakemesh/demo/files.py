"""The demo's source files: Event Hubs Capture's Avro files and the shop's exports of JSON lines."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import IO, Any

from lakemesh.demo.calendar import span_of
from lakemesh.demo.post import EXPORT_WINDOWS, Delivery
from lakemesh.errors import CallError

PARTITIONS = 2
CAPTURE_WINDOWS = 8
ROWS_PER_FILE = 50_000
# Azure Event Hubs Capture, "Exploring the captured files"
# (https://learn.microsoft.com/azure/event-hubs/explore-captured-avro-files).
_VALUES = ["long", "double", "string", "bytes"]
EVENT_DATA = {
    "type": "record",
    "name": "EventData",
    "namespace": "Microsoft.ServiceBus.Messaging",
    "fields": [
        {"name": "SequenceNumber", "type": "long"},
        {"name": "Offset", "type": "string"},
        {"name": "EnqueuedTimeUtc", "type": "string"},
        {"name": "SystemProperties", "type": {"type": "map", "values": _VALUES}},
        {"name": "Properties", "type": {"type": "map", "values": [*_VALUES, "null"]}},
        {"name": "Body", "type": ["null", "bytes"]},
    ],
}


class Capture:
    """The Avro files of one hub. Events are handed over in the order in which the hub takes them."""

    def __init__(self, folder: Path, wave: int) -> None:
        self.folder, self.wave, self.span = folder, wave, span_of(wave)
        self.rows: Counter[int] = Counter()
        self.part: Counter[tuple[int, int]] = Counter()
        self.open: dict[int, tuple[int, Path, IO[bytes], Any]] = {}
        self.written: list[Path] = []

    def write(self, sent: Delivery, partition: int, sequence_number: int) -> None:
        """Add an event to its partition's file of the time."""
        index, end = self.span.window(sent.at, CAPTURE_WINDOWS if self.wave == 1 else 1)
        now = self.open.get(partition)
        if now is None or now[0] != index or self.rows[partition] >= ROWS_PER_FILE:
            self._turn(partition, index, end)
        self.rows[partition] += 1
        self.open[partition][3].write(
            {
                "SequenceNumber": sequence_number,
                "Offset": str(sequence_number * 512),
                "EnqueuedTimeUtc": as_capture_writes(sent.at),
                "SystemProperties": {},
                "Properties": {"content-type": "application/json"},
                "Body": sent.body,
            }
        )

    def close(self) -> None:
        """Finish every file."""
        for partition in tuple(self.open):
            self._close(partition)

    def _turn(self, partition: int, index: int, end: dt.datetime) -> None:
        """Begin the partition's next file."""
        self._close(partition)
        self.part[partition, index] += 1
        second = self.part[partition, index] - 1
        path = self.folder / str(partition) / f"{end:%Y/%m/%d/%H/%M}/{second:02d}.avro"
        self.open[partition] = (index, path, *_open_avro(path))
        self.written.append(path)
        self.rows[partition] = 0

    def _close(self, partition: int) -> None:
        if partition in self.open:
            _, path, file, writer = self.open.pop(partition)
            writer.flush()
            file.close()
            _date(path, _time_of(path))


class Exports:
    """The JSON-lines files of one export folder, every other one gzipped, dated as old as they say."""

    def __init__(self, folder: Path, name: str, wave: int) -> None:
        self.folder, self.name, self.wave, self.span = folder, name, wave, span_of(wave)
        self.rows: Counter[tuple[int, int]] = Counter()
        self.part: Counter[int] = Counter()
        self.open: dict[int, tuple[Path, dt.datetime, IO[bytes]]] = {}
        self.written: list[Path] = []

    def write(self, sent: Delivery) -> None:
        """Add a record to the export that comes after it."""
        index, end = self.span.window(sent.at, EXPORT_WINDOWS if self.wave == 1 else 1)
        if self.rows[index, self.part[index]] >= ROWS_PER_FILE:
            self._close(index)
            self.part[index] += 1
        if index not in self.open:
            self.open[index] = (path := self._path(index, end), end, _open_lines(path))
            self.written.append(path)
        self.rows[index, self.part[index]] += 1
        self.open[index][2].write((sent.body or b"") + b"\n")

    def close(self) -> None:
        """Finish every file. The first wave leaves one beside them that is no input's business."""
        for index in tuple(self.open):
            self._close(index)
        if self.wave == 1:
            note = self.folder / "README.txt"
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text("Exports for the lakehouse, by day.\n", encoding="utf-8")
            self.written.append(note)

    def _path(self, index: int, end: dt.datetime) -> Path:
        suffix = "json.gz" if index % 2 else "json"
        return self.folder / f"{end:%Y/%m/%d}" / f"{self.name}-{end:%H%M%S}-{self.part[index]:02d}.{suffix}"

    def _close(self, index: int) -> None:
        path, end, file = self.open.pop(index)
        file.close()
        _date(path, end)


def as_capture_writes(moment: dt.datetime) -> str:
    """The moment as Event Hubs Capture writes it: 11/21/2026 4:02:00 AM."""
    half = "AM" if moment.hour < 12 else "PM"  # noqa: PLR2004
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment:%M:%S} {half}"


def need_avro() -> None:
    """Raise CallError where what writes Avro is not installed: before anything is written or removed."""
    try:
        import fastavro  # noqa: F401  # comes with Spark's extra
    except ImportError:
        raise CallError("writing Avro needs fastavro: pip install 'lakemesh[spark]'.") from None


def _open_avro(path: Path) -> tuple[IO[bytes], Any]:
    from fastavro.write import Writer

    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("wb")
    # Avro's sync marker is random by default; taken from the name, the same seed gives the same bytes.
    marker = hashlib.sha256(path.as_posix()[-40:].encode()).digest()[:16]
    return file, Writer(file, EVENT_DATA, codec="deflate", sync_marker=marker)


def _open_lines(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = path.open("wb")
    if path.suffix != ".gz":
        return raw
    packed = gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0)
    packed.myfileobj = raw  # type: ignore[assignment]  # closed together with it
    return packed  # type: ignore[return-value]


def _time_of(path: Path) -> dt.datetime:
    year, month, day, hour, minute = map(int, path.parts[-6:-1])
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


def _date(path: Path, moment: dt.datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))
