"""Whether inputs still hold what was read of them, and where a refresh begins to read them again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lakemesh import read as reading
from lakemesh.errors import RunError
from lakemesh.read.files import is_there
from lakemesh.runner.checkpoints import keep_start, seed_checkpoint
from lakemesh.runner.pins import live_rows
from lakemesh.spec.outputs import History
from lakemesh.write.commits import history
from lakemesh.write.ops import read_facts
from lakemesh.write.tables import REWRITTEN
from lakemesh.write.versions import can_go_back

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, Plan
    from lakemesh.run import Run

_SHOWN = 3
Row = dict[str, Any]


def require_beginnings(plan: Plan, run: Run) -> None:
    """Nothing. Raises RunError where an input no longer holds its beginning."""
    for flow in plan.flows:
        for lost in _lost(plan, flow, run):
            raise RunError(
                f"a full refresh would lose rows: {lost}. Nothing was changed. Say --accept-loss to build the"
                " tables without them.",
                plan.product,
                flow.name,
            )


def seed_flow(plan: Plan, flow: Flow, run: Run, generation: str) -> None:
    """Let a refreshed flow begin where it once began: in its hub, or at a version of a table it follows."""
    rows = _batches(plan, flow, run)
    if not rows or flow.input is None:
        return
    folder = plan.places.checkpoints(plan.name, flow.name)
    keep_start(folder, rows[-1]["generation"], generation)
    first = _first_version(plan, flow, run)
    if first is not None and not _why_not_from(flow, first, run):
        seed_checkpoint(folder, rows[-1]["generation"], generation, rows[0]["offsets"])


def _lost(plan: Plan, flow: Flow, run: Run) -> Iterator[str]:
    """What a flow has read and could not read again."""
    if flow.input is None:
        for land in flow.outputs:
            if isinstance(land.port, History) and _batches(plan, flow, run):
                yield f"output '{land.name}' keeps the versions of snapshots that are gone"
        return
    read = [file["path"] for row in _batches(plan, flow, run) for file in row["files"] or ()]
    gone = [path for path in dict.fromkeys(read) if not is_there(path)]
    if gone:
        more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
        yield f"input '{flow.input}' no longer holds {', '.join(gone[:_SHOWN])}{more}"
    lost = _lost_events(plan, flow, run)
    if lost:
        yield f"input '{flow.input}' no longer holds {'; '.join(lost)}"
    first = _first_version(plan, flow, run)
    why = "" if first is None else _why_not_from(flow, first, run)
    if why:
        yield f"input '{flow.input}' began at version {first} of {_table(flow).name}, {why}"


def _lost_events(plan: Plan, flow: Flow, run: Run) -> tuple[str, ...]:
    """What a flow has read of a hub that no longer holds it, from where its first checkpoint began."""
    rows = [row for row in _batches(plan, flow, run) if row["offsets"]]
    if not rows or flow.input is None:
        return ()
    first = f"{plan.places.checkpoints(plan.name, flow.name)}/{rows[0]['generation']}"
    return tuple(map(str, reading.lost_since(flow.read(flow.input), first, rows[-1]["offsets"], run)))


def _why_not_from(flow: Flow, version: int, run: Run) -> str:
    """Why a table's changes cannot be followed again from a version on; empty where they can."""
    if not can_go_back(run.session, _table(flow), version):
        return "which was vacuumed"
    commits = history(run.session, _table(flow))
    if any(one["version"] > version and one["userMetadata"] == REWRITTEN for one in commits):
        return "whose columns were renamed or widened since"
    return ""


def _first_version(plan: Plan, flow: Flow, run: Run) -> int | None:
    """The version of a table at which a flow of its changes began; None where it follows none, or not yet.

    Its first batch begins with the table as it stood, and ends at the version after, or within it.
    Source: Delta's DeltaSourceOffset.
    """
    if flow.input is None or getattr(flow.read(flow.input).port, "read", None) != "changes":
        return None
    rows = _batches(plan, flow, run)
    if not rows or not rows[0]["offsets"]:
        return None
    offset = json.loads(rows[0]["offsets"])
    return int(offset["reservoirVersion"]) - (0 if offset["isStartingVersion"] else 1)


def _batches(plan: Plan, flow: Flow, run: Run) -> list[Row]:
    """What the flow has begun of batches, the first one first."""
    place = plan.places.ops(plan.name.domain, "batches")
    rows = read_facts(run.session, place, {"product": plan.product, "flow": flow.name})
    live = [row for row in live_rows(rows) if row["state"] in ("open", "done")]
    return sorted(live, key=lambda row: row["at"])


def _table(flow: Flow) -> Any:
    return flow.read(flow.input or "").table
