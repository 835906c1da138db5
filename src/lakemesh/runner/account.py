"""What was counted in a batch as lines of its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakemesh.observe.ledger import Entry
from lakemesh.spec.steps import Deduplicate, Filter, Union

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import Flow, Transform
    from lakemesh.runner.tally import Tally


def count_snapshots(flow: Flow, views: Mapping[str, DataFrame], tally: Tally) -> None:
    """Count the snapshots that the flow's steps read; Delta knows of a whole table without a scan."""
    wanted = {view for step in flow.steps if not step.empty for view in step.reads}
    for read in flow.reads:
        if read.mode == "snapshot" and (flow.input is None or read.name in wanted):
            rows = views[read.name].count()
            tally.counted[f"input.{read.name}"] = {"read": rows, "accepted": rows}


def input_entries(flow: Flow, tally: Tally, rejected: Mapping[str, int]) -> list[Entry]:
    """The line of what the flow reads: its input, or else its snapshots.

    `rejected` is what the commit of an input's rejected records reports.
    """
    names = [flow.input] if flow.input else [read.name for read in flow.reads if read.mode == "snapshot"]
    return [_input_entry(name, tally, rejected.get(name, 0)) for name in names]


def _input_entry(name: str, tally: Tally, rejected: int) -> Entry:
    counts = tally.get(f"input.{name}")
    return Entry(
        kind="input", name=name, read=counts["read"] or 0, accepted=counts["accepted"] or 0, rejected=rejected
    )


def step_entries(flow: Flow, tally: Tally) -> list[Entry]:
    """A line for each step that can have rows in this flow."""
    return [_step_entry(flow, step, tally) for step in flow.steps if not step.empty]


def _step_entry(flow: Flow, step: Transform, tally: Tally) -> Entry:
    rows_out = _rows(flow, step.name, tally)
    if step.settled:
        return Entry(kind="deduplicate", name=step.name, rows_in=rows_out, rows_out=rows_out, duplicates=0)
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


def _rows_in(flow: Flow, step: Transform, tally: Tally) -> int:
    """The rows of all that a step reads."""
    return sum(_rows(flow, view, tally) for view in step.reads)


def _rows(flow: Flow, view: str, tally: Tally) -> int:
    """The rows of a view: counted there, or those of the view it keeps."""
    read = next((read for read in flow.reads if read.name == view), None)
    if read is not None:
        return 0 if read.mode == "empty" else int(tally.get(f"input.{view}")["accepted"] or 0)
    step = next((step for step in flow.steps if step.name == view), None)
    if step is None:  # rows of an output, from which groups are made
        return int(tally.get(f"input.{view}")["accepted"])
    if step.empty:
        return 0
    if step.keeps_rows or isinstance(step.step, Union):
        return _rows_in(flow, step, tally)
    return int(tally.get(f"step.{view}")["rows_out"] or 0)
