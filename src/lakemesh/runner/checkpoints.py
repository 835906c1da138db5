"""Checkpoints of a flow: one folder a generation, and the rule for when a new generation begins."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.errors import RunError
from lakemesh.read.files import read_offsets
from lakemesh.runner.generations import is_aside, new_generation
from lakemesh.spec.outputs import Append

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow
    from lakemesh.runner.pins import LastBatch

_WAY_ON = (
    "Nothing was written. Put it back from a backup. Where no output is append, you may remove the folder"
    " instead: the next run then reads the input from its beginning."
)
# Spark's spark.sql.streaming.fileSource.log.compactInterval, which the sessions of lakemesh leave as it is.
_COMPACT_EVERY = 10


def choose_generation(flow: Flow, folder: str, last: LastBatch | None) -> str:
    """The generation that the flow goes on with, or a new one where it never ran.

    A reused transaction id makes Delta skip a write in silence, so a new checkpoint never has an old name.
    Raises RunError where the checkpoint is lost and an output is append: its rows would come twice.
    """
    known = last.generation if last else _newest(folder)
    if known is None:
        return new_generation()
    if flow.input is None or Path(folder, known).is_dir():
        return known
    appended = [land.name for land in flow.outputs if isinstance(land.port, Append)]
    if appended:
        raise RunError(
            f"the checkpoint {folder}/{known} is gone, and output '{appended[0]}' is written by append:"
            " reading the input again would bring its rows twice. Put the checkpoint back from a backup.",
            flow=flow.name,
        )
    return new_generation()


def require_sound(checkpoint: str, batch: int = -1) -> None:
    """Nothing. Raises RunError where a file that Spark reads of a checkpoint at the start is damaged or gone.

    `batch` is the last one that the checkpoint is known to have planned, -1 for none. Without its entries
    Spark would begin anew under numbers that Delta has seen, whose writes it skips in silence.
    """
    folder = Path(checkpoint)
    gone = next(_missing(folder, batch), None) if batch >= 0 else None
    if gone is not None:
        raise RunError(f"the checkpoint {checkpoint} is damaged: {gone} is gone. {_WAY_ON}")
    damaged = next((file for file in _read_at_start(folder) if not _is_whole(file)), None)
    if damaged is not None:
        name = damaged.relative_to(folder)
        raise RunError(
            f"the checkpoint {checkpoint} is damaged: {name} is no log that Spark wrote. {_WAY_ON}"
        )


def _missing(folder: Path, batch: int) -> Iterator[str]:
    """What a checkpoint lacks of what it had: the plan of a batch, the files that its source has read."""
    if not (folder / "offsets" / str(batch)).is_file():
        yield f"offsets/{batch}"
        return
    end = _log_offset(read_offsets(str(folder), batch))
    # Every tenth holds all before it.
    for number in range((end + 1) // _COMPACT_EVERY * _COMPACT_EVERY - 1 if end >= 0 else 0, end + 1):
        name = f"sources/0/{number}"
        if number >= 0 and not any((folder / f"{name}{kind}").is_file() for kind in ("", ".compact")):
            yield name


def _log_offset(offsets: str) -> int:
    """The last entry of the log of files that offsets cover; -1 for those of other sources."""
    try:
        return int(json.loads(offsets)["logOffset"])
    except (ValueError, KeyError, TypeError):
        return -1


def _read_at_start(folder: Path) -> Iterator[Path]:
    """The files that a stream goes on from: the last entries of its logs, and what its source has read."""
    if (folder / "metadata").is_file():
        yield folder / "metadata"
    for log, most in (("offsets", 2), ("commits", 1), ("sources/0", _COMPACT_EVERY)):
        files = [file for file in (folder / log).glob("*") if file.name.split(".")[0].isdigit()]
        yield from sorted(files, key=lambda file: int(file.name.split(".")[0]))[-most:]


def _is_whole(file: Path) -> bool:
    """Whether a file is as Spark writes it: JSON on each line, behind a version in all but the metadata."""
    text = file.read_text(encoding="utf-8", errors="replace")
    # Where a hub's stream began, Spark's Kafka source writes behind a zero byte.
    first, *lines = text.removeprefix("\0").splitlines() or [""]
    if file.name == "metadata":
        return _is_json(first)
    # A source that found nothing may have logged just that.
    return first == "v1" and (bool(lines) or file.parent.name == "0") and all(map(_is_json, lines))


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return line == "-"  # an offset of a source that has none yet
    return True


def _newest(folder: str) -> str | None:
    path = Path(folder)
    return (
        max(
            (child.name for child in path.iterdir() if child.is_dir() and not is_aside(child.name)),
            default=None,
        )
        if path.is_dir()
        else None
    )


def keep_start(folder: str, generation: str, new: str) -> None:
    """Let a new generation begin where an older one did: at the place in its hub that was decided then."""
    start = Path(folder, f"{generation}.start")
    if start.is_file():
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy2(start, Path(folder, f"{new}.start"))


def committed_batch(checkpoint: str) -> int | None:
    """The last batch that a stream has ended; None where it has ended none."""
    return _newest_log(checkpoint, "commits")


def planned_batch(checkpoint: str) -> int | None:
    """The last batch that a stream has planned; None where it has planned none."""
    return _newest_log(checkpoint, "offsets")


def _newest_log(checkpoint: str, kind: str) -> int | None:
    logs = Path(checkpoint, kind).glob("*")
    return max((int(log.name) for log in logs if log.name.isdigit()), default=None)


def skip_to(checkpoint: str, batch: int, offsets: str) -> None:
    """Let a stream that has ended a batch go on at these offsets: by two batches that hold nothing.

    As it starts Spark reads once more from the last but one to the last, which must be there. One that was
    planned for their place and never begun is forgotten. What ends them is written last.
    """
    folder = Path(checkpoint)
    version, settings, *_ = (folder / "offsets" / str(batch)).read_text(encoding="utf-8").splitlines()
    ended = (folder / "commits" / str(batch)).read_text(encoding="utf-8")
    for number in (batch + 1, batch + 2):
        _put(folder / "offsets" / str(number), f"{version}\n{settings}\n{offsets}")
    _put(folder / "commits" / str(batch + 2), ended)


def _put(file: Path, text: str) -> None:
    written = file.with_name(f".{file.name}.tmp")
    written.write_text(text, encoding="utf-8")
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)  # the sum of what stood there
    os.replace(written, file)


def seed_checkpoint(folder: str, generation: str, new: str, offsets: str) -> None:
    """Make a new generation's checkpoint whose first batch is planned already: it ends at these offsets.

    So a table's stream begins at the very version at which the older generation once began.
    """
    source, target = Path(folder, generation), Path(folder, new)
    newest = max(
        (file for file in (source / "offsets").iterdir() if file.name.isdigit()), key=lambda f: int(f.name)
    )
    version, settings, *_ = newest.read_text(encoding="utf-8").splitlines()
    (target / "offsets").mkdir(parents=True)
    (target / "commits").mkdir()
    shutil.copy2(source / "metadata", target / "metadata")
    (target / "offsets" / "0").write_text("\n".join((version, settings, offsets)), encoding="utf-8")


def cut_checkpoint(folder: str, generation: str | None, new: str, batch: int) -> None:
    """Make a new generation's checkpoint: a copy of an older one, cut off behind a batch.

    With batch -1, or without an older generation, it is empty, and the input is read from its beginning.
    """
    target = Path(folder, new)
    target.mkdir(parents=True)
    if generation is not None:
        keep_start(folder, generation, new)
    if generation is None or batch < 0:
        return
    source = Path(folder, generation)
    shutil.copy2(source / "metadata", target / "metadata")
    for kind in ("offsets", "commits"):
        (target / kind).mkdir()
        for entry in (source / kind).iterdir():
            if entry.name.isdigit() and int(entry.name) <= batch:
                shutil.copy2(entry, target / kind / entry.name)
    _cut_file_log(source, target, batch)


def _cut_file_log(source: Path, target: Path, batch: int) -> None:
    """The log of a file source up to what a batch covers; other sources keep all they know in offsets."""
    logs = source / "sources" / "0"
    if not any(entry.name.split(".")[0].isdigit() for entry in logs.glob("*")):
        return
    last = _log_offset(read_offsets(str(source), batch))
    if last < 0:  # a hub's source has written where it began, and nothing else
        shutil.copytree(logs, target / "sources" / "0")
        return
    entries = _logged_entries(logs)
    (target / "sources" / "0").mkdir(parents=True)
    for number in range(last + 1):
        # Every tenth holds all before it, and is the first that Spark reads.
        compact = (number + 1) % _COMPACT_EVERY == 0
        kept = [line for log, line in entries if (log <= number if compact else log == number)]
        name = f"{number}.compact" if compact else str(number)
        (target / "sources" / "0" / name).write_text("\n".join(["v1", *kept]), encoding="utf-8")


def _logged_entries(logs: Path) -> list[tuple[int, str]]:
    """Each file that the log knows, with the number of the log it came with, in their order."""
    lines = {
        line: int(json.loads(line)["batchId"])
        for file in sorted(logs.iterdir())
        if file.name.split(".")[0].isdigit()
        for line in file.read_text(encoding="utf-8").splitlines()[1:]
    }
    return sorted((log, line) for line, log in lines.items())
