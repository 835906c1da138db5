"""JSON files of a folder as a stream of raw records, and which files a batch consists of."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from lakemesh.errors import ReadFailed
from lakemesh.read.records import source_struct

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.readwriter import DataStreamReader

    from lakemesh.plan.stages import Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import Blob, EventHub

# Without it a file more than seven days older than the newest one is never read, and nothing says so.
_ANY_AGE = "36500d"
_MOST_FILES = 1000


@dataclass(frozen=True, order=True)
class File:
    """A file of a batch as it was when the batch was made: its address, its bytes, its time in UTC."""

    path: str
    size: int
    modified: dt.datetime


def open_files(read: Read, port: Blob, run: Run) -> DataFrame:
    """The lines of a folder's files (whole files with multiLine) as a stream: value, _source."""
    require_folders(read)
    reader = file_reader(run.session.readStream.format("text"), port)
    reader = reader.option("wholetext", port.multi_line)
    if port.pattern:
        reader = reader.option("pathGlobFilter", port.pattern)
    return lines_of(reader.load(read.paths[0]), read, run)


def read_files(read: Read, port: Blob, run: Run) -> DataFrame:
    """The same lines of all files that are there now, as a frame."""
    require_folders(read)
    reader = run.session.read.format("text").option("recursiveFileLookup", "true")
    if port.pattern:
        reader = reader.option("pathGlobFilter", port.pattern)
    return lines_of(reader.option("wholetext", port.multi_line).load(read.paths[0]), read, run)


def lines_of(frame: DataFrame, read: Read, run: Run) -> DataFrame:
    """The lines of text files as raw records: value, _source."""
    source = source_struct(
        read.name,
        run,
        path="_metadata.file_path",
        size="_metadata.file_size",
        modified="_metadata.file_modification_time",
    )
    return frame.select("value", source)


def file_reader(reader: DataStreamReader, port: Blob | EventHub) -> DataStreamReader:
    """A reader of files that takes every file, however old and however deep in folders."""
    if port.on_data_loss == "continue":
        reader = reader.option("ignoreMissingFiles", "true")
    return (
        reader.option("recursiveFileLookup", "true")
        .option("maxFileAge", _ANY_AGE)
        .option("maxFilesPerTrigger", port.max_per_batch or _MOST_FILES)
    )


def require_folders(read: Read) -> None:
    """Nothing. Raises ReadFailed where a local folder of the input is not there."""
    for path in read.paths:
        if "://" not in path and not any(_matches(path)):
            raise ReadFailed(
                f"input '{read.name}' reads {path}, and there is no such folder."
                " Create it, or mend the path in the spec or in the environment."
            )


def _matches(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    if "*" not in pattern:
        return iter([path] if path.is_dir() else [])
    anchor = Path(pattern.split("*", 1)[0])
    return (
        (found for found in anchor.glob(str(path.relative_to(anchor))) if found.is_dir())
        if anchor.is_dir()
        else iter(())
    )


def read_offsets(checkpoint: str, batch: int) -> str:
    """The offsets at which a batch ends, as its checkpoint has them: one JSON text for its only source."""
    lines = Path(checkpoint, "offsets", str(batch)).read_text(encoding="utf-8").splitlines()
    return lines[2] if len(lines) > 2 else ""  # noqa: PLR2004  (a version, the settings, then a line a source)


def list_files(checkpoint: str, batch: int) -> tuple[File, ...]:
    """The files of a batch as they are now, by path; one that is gone has size -1."""
    end = _log_offset(checkpoint, batch)
    start = _log_offset(checkpoint, batch - 1) if batch else -1
    found = (path for log in range(start + 1, end + 1) for path in _logged(checkpoint, log))
    return tuple(sorted(_stat(path) for path in found))


def replaced_files(checkpoint: str, known: Mapping[str, File]) -> tuple[str, ...]:
    """The files that were read and have another time or size now, by path: Spark reads no name twice.

    `known` has them as they were when they were read: what Spark has listed may come to be read yet, as it is
    by then. A file that is gone since is none of them.
    """
    logs = Path(checkpoint, "sources", "0")
    if not logs.is_dir():
        return ()
    listed = {path for file in _newest_logs(logs) for path in _entries(file)}
    return tuple(sorted(path for path in listed & known.keys() if _is_other(known[path])))


def _is_other(read: File) -> bool:
    """Whether a local file has another time or size than it had; False where it is gone or elsewhere."""
    found = _stat(read.path)
    return found.size >= 0 and found != read


def _newest_logs(logs: Path) -> list[Path]:
    """The last compacted file of the source's log, which holds all before, and the plain ones after it."""
    numbers = {int(file.stem): file for file in logs.iterdir() if file.stem.isdigit()}
    compacted = max((n for n, file in numbers.items() if file.suffix == ".compact"), default=-1)
    return [file for n, file in sorted(numbers.items()) if n >= compacted]


def _entries(log: Path) -> Iterator[str]:
    """The paths of a log."""
    for line in log.read_text(encoding="utf-8").splitlines()[1:]:
        yield str(json.loads(line)["path"]).replace("file:///", "file:/", 1)


def _log_offset(checkpoint: str, batch: int) -> int:
    # The entry of the batch before may be gone from an old checkpoint: its log number is the batch's own.
    file = Path(checkpoint, "offsets", str(batch))
    return int(json.loads(read_offsets(checkpoint, batch))["logOffset"]) if file.is_file() else batch


def _logged(checkpoint: str, log: int) -> Iterator[str]:
    """The paths that the file source's log has under a number; every tenth of its files holds all before."""
    folder = Path(checkpoint, "sources", "0")
    plain = folder / str(log)
    file = plain if plain.is_file() else folder / f"{log}.compact"
    if not file.is_file():
        raise ReadFailed(f"the checkpoint {checkpoint} is damaged: {file.name} of its file log is missing")
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        entry = json.loads(line)
        if entry["batchId"] == log:
            # As `_source` has it, which says file:/ where the log says file:///.
            yield entry["path"].replace("file:///", "file:/", 1)


def is_there(address: str) -> bool:
    """Whether a file that was read is still there. Of files elsewhere nothing is known."""
    return "://" in address.replace("file:///", "file:/") or _stat(address).size >= 0


def _stat(address: str) -> File:
    try:
        found = os.stat(_local(address))
    except OSError:
        return File(address, -1, dt.datetime.fromtimestamp(0, dt.UTC))
    # Milliseconds are what Spark and object stores know of a file's time.
    return File(
        address, found.st_size, dt.datetime.fromtimestamp(found.st_mtime_ns // 1_000_000 / 1000, dt.UTC)
    )


def _local(address: str) -> str:
    return unquote(urlparse(address).path) if address.startswith("file:") else address
