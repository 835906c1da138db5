"""Records that are gone before they were read: the flow stops, or goes on and says so (`onDataLoss`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lakemesh import read as reading
from lakemesh.errors import EventsLost, ReadFailed
from lakemesh.read.files import read_offsets
from lakemesh.runner.checkpoints import committed_batch, planned_batch, skip_to
from lakemesh.runner.inputs import data_loss, fact

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.stages import Flow, Read
    from lakemesh.read.files import File
    from lakemesh.run import Run
    from lakemesh.runner.work import Work

_SHOWN = 3
NO_REPLACED = "no_replaced_files"


def goes_on(flow: Flow) -> bool:
    """Whether the flow's input says onDataLoss: continue."""
    return flow.input is not None and flow.read(flow.input).port.on_data_loss == "continue"


def find_gaps(flow: Flow, checkpoint: str, number: int, run: Run) -> tuple[str, ...]:
    """What a batch should have read and cannot: files, or events of a hub, in words.

    Raises ReadFailed unless the port says to go on.
    """
    if flow.input is None or not checkpoint:
        return ()
    read = flow.read(flow.input)
    if read.passing:
        return tuple(map(str, reading.lost_events(read, checkpoint, number, run)))
    gaps = reading.lost_files(checkpoint, number) if read.is_files else ()
    if gaps and not goes_on(flow):
        raise ReadFailed(_lost(read, gaps))
    return gaps


def passing(work: Work, run: Run) -> Work:
    """The work with a hub whose lost events are passed over, each gap told with its batch.

    Raises EventsLost, with the gap in events and time, unless the port says to go on.
    """
    read = work.flow.read(work.flow.input or "")
    if goes_on(work.flow) and not read.passing:
        reads = (one.model_copy(update={"passing": True}) if one is read else one for one in work.flow.reads)
        return replace(work, flow=work.flow.model_copy(update={"reads": tuple(reads)}))
    batch = planned_batch(work.checkpoint)
    gaps = () if batch is None else reading.lost_events(read, work.checkpoint, batch, run)
    told = "; ".join(map(str, gaps)) or "events"
    since = f" The batch before was read at {work.last.pins.clock:%Y-%m-%dT%H:%M:%SZ}." if work.last else ""
    raise EventsLost(
        f"input '{read.name}' has not read what its hub no longer holds: {told}.{since} Nothing of the batch"
        " was written. Read them from Event Hubs Capture, if it keeps them; or say onDataLoss: continue to go"
        " on without them, and raise the hub's retention, or run more often."
    )


def replaced_result(flow: Flow, checkpoint: str, known: Mapping[str, File]) -> CheckResult | None:
    """What is to be told of files that were read and then replaced under their names; None where none was.

    `known` are the files of earlier batches as they were read, by path.
    """
    read = flow.read(flow.input or "")
    replaced = reading.replaced_files(read, checkpoint, known)
    if not replaced:
        return None
    more = f" and {len(replaced) - _SHOWN} more" if len(replaced) > _SHOWN else ""
    return fact(read, NO_REPLACED, {"replaced": len(replaced)}, 0, ", ".join(replaced[:_SHOWN]) + more)


def pass_gap(work: Work, tell: Callable[[CheckResult], None]) -> None:
    """Let a stream of a table go on behind what the table no longer has, where its port says so.

    It is told first, so that no gap is passed in silence. A batch that was begun is replayed as it was.
    """
    batch = None if work.is_open or not goes_on(work.flow) else committed_batch(work.checkpoint)
    if batch is None:
        return
    read = work.flow.read(work.flow.input or "")
    gap = reading.lost_versions(read, read_offsets(work.checkpoint, batch))
    if gap is not None:
        tell(data_loss(read, (gap.versions,)))
        skip_to(work.checkpoint, batch, gap.offsets)


def _lost(read: Read, gaps: tuple[str, ...]) -> str:
    more = f" and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
    return (
        f"input '{read.name}' found files that were gone before they were read: {', '.join(gaps[:_SHOWN])}"
        f"{more}. Nothing of the batch was written. Put them back and run again, or say onDataLoss: continue"
        " to go on without them."
    )
