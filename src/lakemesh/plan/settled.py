"""Deduplicate steps that a merge or a history settles: rule 2 of what a run means.

Within a batch such a step would fold rows before rules and filters have looked at them: a row that is set
aside later would take a good one with it, or not, as the records happen to be cut into batches. The merge
keeps the row with the highest sequence of each key among those that passed, and a history one row of each
version, so the step lets all through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakemesh.spec.outputs import History, Merge, Overwrite
from lakemesh.spec.steps import AnyStep, Cast, Deduplicate, Derive, Drop, Filter

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, Land


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
        if step.name in fed and _is_settled(flow, step.name)
        else step
        for step in flow.steps
    )
    return flow.model_copy(update={"steps": steps})


def _is_settled(flow: Flow, name: str) -> bool:
    """Whether a step deduplicates what all the outputs behind it settle as it would."""
    behind = {name}
    for step in flow.steps:
        if behind & set(step.reads):
            behind.add(step.name)
    reached = [land for land in flow.batched if land.port.from_ in behind]
    steps = {step.name: step.step for step in flow.steps}
    return bool(reached) and all(_settles(land, name, steps) for land in reached)


def _settles(land: Land, name: str, steps: Mapping[str, AnyStep]) -> bool:
    port = land.port
    if not isinstance(port, Merge | History) or not port.sequence_by:
        return False
    found = step_above(steps, port)
    if found is None or found[0] != name:
        return False
    if isinstance(port, History):
        return has_versions(found[1], port)
    return has_keys(found[1], port) and has_order(found[1], port)


def step_above(steps: Mapping[str, AnyStep], port: Merge | History) -> tuple[str, Deduplicate] | None:
    """The deduplicate step that an output is written from, behind steps that leave its keys alone."""
    told = frozenset(map(str.lower, (*port.keys, *port.sequence_by)))
    view = port.from_
    for _ in steps:
        match steps.get(view):
            case Deduplicate() as step:
                return view, step
            case Derive(columns=columns, from_=above) | Cast(columns=columns, from_=above):
                if told & frozenset(map(str.lower, columns)):
                    return None
                view = above
            case Filter(from_=above) | Drop(from_=above):
                view = above
            case _:
                return None
    return None


def has_keys(step: Deduplicate, port: Merge | History) -> bool:
    """Whether rows that a deduplicate takes for the same have the same keys in the output."""
    return frozenset(map(str.lower, port.keys)) <= frozenset(map(str.lower, step.keys))


def has_versions(step: Deduplicate, port: History | Overwrite) -> bool:
    """Whether rows that a deduplicate takes for the same are of one version in the output."""
    of = port.keys if isinstance(port, History) else port.by
    return frozenset(map(str.lower, (*of, *port.sequence_by))) <= frozenset(map(str.lower, step.keys))


def has_order(step: Deduplicate, port: Merge | History) -> bool:
    """Whether no row goes that has a higher sequence than the one of its keys that stays."""
    keys = frozenset(map(str.lower, step.keys))
    order = [text.lower().split() for text in step.order_by]
    behind = [column.lower() for column in port.sequence_by if column.lower() not in keys]
    first = [words[0].strip("`") if words[1:2] == ["desc"] else "" for words in order[: len(behind)]]
    return first == behind
