"""What is gone of a table that a stream follows: commits that its log dropped, vacuumed files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from lakemesh.plan.stages import Read


@dataclass(frozen=True)
class Gap:
    """Versions of a table that can no longer be read, in words, and the offsets of a stream behind them."""

    versions: str
    offsets: str


def find_gap(read: Read, offsets: str) -> Gap | None:
    """What a stream that stands at these offsets cannot read of a table's folder; None where nothing is gone.

    All up to the last version that lacks anything counts as gone: a stream can only go on behind it. One that
    is still at the table as it first stood has no way on, and of a table that only Spark reaches nothing is
    known. Source of what the offsets say: Delta's DeltaSourceOffset.
    """
    said = json.loads(offsets) if offsets else {"isStartingVersion": True}
    if read.table is None or read.table.folder is None or said["isStartingVersion"]:
        return None
    folder, first = Path(read.table.folder), int(said["reservoirVersion"])
    logs = {int(log.stem): log for log in (folder / "_delta_log").glob("*.json") if log.stem.isdigit()}
    follows_changes = getattr(read.port, "read", None) == "changes"
    gone = [
        version
        for version in range(first, max(logs, default=-1) + 1)
        if version not in logs
        or not all(_is_there(folder, file) for file in _files(logs[version], follows_changes))
    ]
    if not gone:
        return None
    last = gone[-1]
    versions = f"version {last}" if last == first else f"versions {first} to {last}"
    moved = {**said, "reservoirVersion": last + 1, "index": -1}
    return Gap(f"{read.table.name}, {versions}", json.dumps(moved, separators=(",", ":")))


def _files(log: Path, follows_changes: bool) -> Iterator[str]:
    """The files that a stream reads of a commit: of its change feed, where that is followed."""
    actions: list[dict[str, Any]] = [
        json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()
    ]
    if follows_changes and any("cdc" in action for action in actions):
        kinds: tuple[str, ...] = ("cdc",)
    else:
        kinds = ("add", "remove") if follows_changes else ("add",)
    for action in actions:
        for kind in kinds:
            said = action.get(kind)
            if said and (kind == "cdc" or said.get("dataChange")):
                yield unquote(said["path"])


def _is_there(folder: Path, file: str) -> bool:
    """Whether a file is in its table's folder; one of another table, by its address, is taken to be."""
    return ":" in file.partition("/")[0] or (folder / file).is_file()
