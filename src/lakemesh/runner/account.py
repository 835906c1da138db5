"""What was counted in a batch as lines of its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.observe.ledger import Entry
from lakemesh.spec.steps import Deduplicate, Filter, Union

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, Transform
    from lakemesh.runner.tally import Tally


def input_entry(name: str, tally: Tally, rejected: int) -> Entry:
    """The line of an input; `rejected` is what the commit of its rejected records reports."""
    counts = tally.get(f"input.{name}")
    return Entry(
        kind="input", name=name, read=counts["read"] or 0, accepted=counts["accepted"] or 0, rejected=rejected
    )


def step_entries(flow: Flow, tally: Tally) -> list[Entry]:
    """A line for each step that can have rows in this flow and whose input can be counted."""
    return [_step_entry(flow, step, tally) for step in flow.steps if not step.empty]


def _step_entry(flow: Flow, step: Transform, tally: Tally) -> Entry:
    rows_out = _rows(flow, step.name, tally)
    if isinstance(step.step, Filter | Deduplicate):
        counts = tally.get(f"step.{step.name}.in")
        lost = counts["lost"] or 0
        if isinstance(step.step, Filter):
            return Entry(
                kind="filter", name=step.name, rows_in=counts["rows_in"], rows_out=rows_out, filtered=lost
            )
        return Entry(
            kind="deduplicate", name=step.name, rows_in=counts["rows_in"], rows_out=rows_out, duplicates=lost
        )
    return Entry(kind="step", name=step.name, rows_in=_rows_in(flow, step, tally), rows_out=rows_out)


def _rows_in(flow: Flow, step: Transform, tally: Tally) -> int | None:
    """The rows of all that a step reads; None where a snapshot is among it, which is not counted."""
    counts = [_rows(flow, view, tally) for view in step.reads]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _rows(flow: Flow, view: str, tally: Tally) -> int | None:
    """The rows of a view: counted there, or those of the view it keeps; None for a snapshot."""
    read = next((read for read in flow.reads if read.name == view), None)
    if read is not None:
        return (
            {"empty": 0, "snapshot": None}.get(read.mode) if read.mode != "batch" else _accepted(view, tally)
        )
    step = next(step for step in flow.steps if step.name == view)
    if step.empty:
        return 0
    if step.keeps_rows or isinstance(step.step, Union):
        return _rows_in(flow, step, tally)
    return int(tally.get(f"step.{view}")["rows_out"] or 0)


def _accepted(view: str, tally: Tally) -> int:
    return int(tally.get(f"input.{view}")["accepted"] or 0)
