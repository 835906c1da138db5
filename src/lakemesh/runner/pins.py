"""What a batch was given, recorded before it runs, so that a replay is given the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lakemesh.errors import ReplayRefused
from lakemesh.read.files import File
from lakemesh.runner.generations import is_aside
from lakemesh.write.ops import read_facts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Flow
    from lakemesh.runner.evolving import Fields

_ENVIRONMENT = "@environment"
REFRESHED = "refreshed"
"""The state of the row of `batches` that says from where a flow goes on after a full refresh."""


@dataclass(frozen=True)
class Pins:
    """The clock (UTC), versions of snapshot inputs, the records of one batch, fields found before."""

    clock: dt.datetime
    versions: dict[str, int] = field(default_factory=dict)
    offsets: str = ""
    files: tuple[File, ...] = ()
    found: Fields = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    """What was gone before it could be read, where the port says to go on."""
    environments: dict[str, str] = field(default_factory=dict)
    """The inputs that were read from another environment (readFrom), and from which."""

    def facts(self) -> dict[str, Any]:
        """The pins as columns of the batches table."""
        elsewhere = {f"{name}{_ENVIRONMENT}": where for name, where in self.environments.items()}
        return {
            "clock": self.clock,
            "pins": json.dumps({**self.versions, **self.found, **elsewhere}, sort_keys=True),
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
    failed: bool = False
    """Whether it was given up: nothing of it was written, and its next try is given new pins."""
    read: Mapping[str, File] = field(default_factory=dict)
    """Every file that the flow's batches have read, as it was then, by path."""
    begun_by: str = ""
    """The run that began it."""


def last_batch(session: SparkSession, table: Place, product: str, flow: str) -> LastBatch | None:
    """The last batch of a flow; None where it never had one."""
    rows = live_rows(read_facts(session, table, {"product": product, "flow": flow}))
    # A batch is closed after it was opened, whatever the clock of the machine says.
    row = max(rows, key=lambda row: (row["at"], row["state"] != "open"), default=None)
    if row is None:
        return None
    pinned: dict[str, Any] = json.loads(row["pins"])
    versions = {name: pin for name, pin in pinned.items() if isinstance(pin, int)}
    fields = {name: tuple(pin) for name, pin in pinned.items() if isinstance(pin, list)}
    elsewhere = {name.removesuffix(_ENVIRONMENT): pin for name, pin in pinned.items() if isinstance(pin, str)}
    offsets = row["offsets"] or ""
    pins = Pins(row["clock"], versions, offsets, _files(row), fields, environments=elsewhere)
    # What a batch was given that came to nothing is read anew, as it is by then.
    done = (one for one in sorted(rows, key=lambda one: one["at"]) if one["state"] not in ("open", "failed"))
    read = {file.path: file for one in done for file in _files(one)}
    state, key = row["state"], (row["generation"], row["batch"])
    begun = min((one for one in rows if (one["generation"], one["batch"]) == key), key=lambda one: one["at"])
    return LastBatch(*key, state == "open", pins, state == "failed", read, begun["run_id"])


def _files(row: Mapping[str, Any]) -> tuple[File, ...]:
    return tuple(File(file["path"], file["size"], file["modified"]) for file in row["files"] or ())


def live_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `batches` that tell how far a flow has come: a refresh counts once it has landed."""
    landed = {row["generation"] for row in rows if row["state"] == REFRESHED}
    return [row for row in rows if not is_aside(row["generation"]) or row["generation"] in landed]


def elsewhere(flow: Flow) -> dict[str, str]:
    """The inputs of a flow that are read from another environment, and from which."""
    return {read.name: read.environment for read in flow.reads if read.environment and read.mode != "empty"}


def require_places(pins: Pins, flow: Flow) -> None:
    """Nothing. Raises ReplayRefused where a pinned version is one of another environment's table."""
    now = elsewhere(flow)
    for name in {**pins.environments, **now}:
        before, after = pins.environments.get(name), now.get(name)
        if before != after:
            raise ReplayRefused(
                f"the open batch was begun with input '{name}' read from {_place(before)}, and now it is read"
                f" from {_place(after)}: undo that run with lakemesh restore, then run again."
            )


def _place(environment: str | None) -> str:
    return f"the environment '{environment}'" if environment else "this environment"


def require_same(pins: Pins, files: tuple[File, ...], offsets: str, go_on: bool = False) -> None:
    """Nothing. Raises ReplayRefused where a batch's records are no longer those that it was begun with.

    `go_on` takes it that some are gone.
    """
    before, now = {file.path: file for file in pins.files}, {file.path: file for file in files}
    gone = [path for path in before if now.get(path, File(path, -1, pins.clock)).size < 0]
    if gone and not go_on:
        raise ReplayRefused(_refusal(f"{gone[0]} is gone"))
    changed = [path for path, file in before.items() if path not in gone and now[path] != file]
    if changed:
        raise ReplayRefused(_refusal(f"{changed[0]} was replaced"))
    if set(now) != set(before) or offsets != pins.offsets:
        raise ReplayRefused(_refusal("its checkpoint covers other records"))


def _refusal(what: str) -> str:
    return (
        f"the batch was begun by a run that was killed, and cannot be replayed as it was: {what}."
        " Put the records back as they were and run again."
    )
