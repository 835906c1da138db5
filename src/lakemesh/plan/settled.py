"""Deduplicate steps that a merge settles: rule 2 of what a run means.

Within a batch such a step would fold rows before rules and filters have looked at them: a row that is set
aside later would take a good one with it, or not, as the records happen to be cut into batches. The merge
keeps the row with the highest sequence of each key among those that passed, so the step lets all through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.spec.outputs import Merge
from lakemesh.spec.steps import Deduplicate, Python

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow


def leave_to_merges(flow: Flow) -> Flow:
    """The flow with those deduplicates marked that merges settle; snapshots are deduplicated as they are."""
    if flow.input is None:
        return flow
    fed = {flow.input}
    for step in flow.steps:
        if fed & set(step.reads):
            fed.add(step.name)
    steps = tuple(
        step.model_copy(update={"settled": True, "keeps_rows": True})
        if isinstance(step.step, Deduplicate) and step.name in fed and _is_settled(flow, step.name)
        else step
        for step in flow.steps
    )
    return flow.model_copy(update={"steps": steps})


def _is_settled(flow: Flow, name: str) -> bool:
    """Whether a view leads to merges with a sequence alone; what Python makes of its rows is unknown."""
    behind = {name}
    for step in flow.steps:
        if behind & set(step.reads):
            if isinstance(step.step, Python):
                return False
            behind.add(step.name)
    ports = [land.port for land in flow.batched if land.port.from_ in behind]
    return bool(ports) and all(isinstance(port, Merge) and port.sequence_by for port in ports)
