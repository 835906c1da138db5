"""Records that are gone before they were read: the flow stops, or goes on and says so (`onDataLoss`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh import read as reading
from lakemesh.errors import ReadFailed
from lakemesh.runner.inputs import fact

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.stages import Flow, Read
    from lakemesh.run import Run

_SHOWN = 3
NO_REPLACED = "no_replaced_files"


def goes_on(flow: Flow) -> bool:
    """Whether the flow's input says onDataLoss: continue."""
    return flow.input is not None and flow.read(flow.input).port.on_data_loss == "continue"


def find_gaps(flow: Flow, checkpoint: str, number: int, run: Run) -> tuple[str, ...]:
    """What a batch should have read and cannot. Raises ReadFailed unless the port says to go on.

    A table's own stream stops where versions are missing, so that they are looked for only to be told of.
    """
    if flow.input is None or not checkpoint:
        return ()
    read = flow.read(flow.input)
    if not read.is_json and not goes_on(flow):
        return ()
    gaps = reading.lost_records(read, checkpoint, number, run)
    if gaps and not goes_on(flow):
        raise ReadFailed(_lost(read, gaps))
    return gaps


def replaced_result(flow: Flow, checkpoint: str) -> CheckResult | None:
    """What is to be told of files that were read and then replaced under their names; None where none was."""
    read = flow.read(flow.input or "")
    replaced = reading.replaced_files(read, checkpoint)
    if not replaced:
        return None
    more = f" and {len(replaced) - _SHOWN} more" if len(replaced) > _SHOWN else ""
    return fact(read, NO_REPLACED, {"replaced": len(replaced)}, 0, ", ".join(replaced[:_SHOWN]) + more)


def _lost(read: Read, gaps: tuple[str, ...]) -> str:
    more = f" and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
    return (
        f"input '{read.name}' found files that were gone before they were read: {', '.join(gaps[:_SHOWN])}"
        f"{more}. Nothing of the batch was written. Put them back and run again, or say onDataLoss: continue"
        " to go on without them."
    )
