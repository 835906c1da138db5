"""What a batch was given, recorded before it runs, so that a replay is given the same."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lakemesh.errors import ReplayRefused
from lakemesh.read.files import File
from lakemesh.write.ops import read_facts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place


@dataclass(frozen=True)
class Pins:
    """The clock (UTC), the version of every snapshot input, and the records of one batch."""

    clock: dt.datetime
    versions: dict[str, int] = field(default_factory=dict)
    offsets: str = ""
    files: tuple[File, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The pins as columns of the batches table."""
        return {
            "clock": self.clock,
            "pins": json.dumps(self.versions, sort_keys=True),
            "offsets": self.offsets,
            "files": [asdict(file) for file in self.files],
        }


@dataclass(frozen=True)
class LastBatch:
    """The last batch of a flow that the batches table knows, and whether it was left open."""

    generation: str
    batch: int
    is_open: bool
    pins: Pins


def last_batch(session: SparkSession, table: Place, product: str, flow: str) -> LastBatch | None:
    """The last batch of a flow; None where it never had one."""
    rows = read_facts(session, table, {"product": product, "flow": flow})
    # A batch is closed after it was opened, whatever the clock of the machine says.
    row = max(rows, key=lambda row: (row["at"], row["state"] != "open"), default=None)
    if row is None:
        return None
    found = tuple(File(file["path"], file["size"], file["modified"]) for file in row["files"] or ())
    pins = Pins(row["clock"], json.loads(row["pins"]), row["offsets"] or "", found)
    return LastBatch(row["generation"], row["batch"], row["state"] == "open", pins)


def require_same(pins: Pins, files: tuple[File, ...], offsets: str) -> None:
    """Nothing. Raises ReplayRefused where a batch's records are no longer those that it was begun with."""
    before, now = {file.path: file for file in pins.files}, {file.path: file for file in files}
    gone = [path for path in before if now.get(path, File(path, -1, pins.clock)).size < 0]
    if gone:
        raise ReplayRefused(_refusal(f"{gone[0]} is gone"))
    changed = [path for path, file in before.items() if now[path] != file]
    if changed:
        raise ReplayRefused(_refusal(f"{changed[0]} was replaced"))
    if set(now) != set(before) or offsets != pins.offsets:
        raise ReplayRefused(_refusal("its checkpoint covers other records"))


def _refusal(what: str) -> str:
    return (
        f"the batch was begun by a run that was killed, and cannot be replayed as it was: {what}."
        " Put the records back as they were and run again."
    )
