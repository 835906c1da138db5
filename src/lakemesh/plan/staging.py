"""Which frames of a flow are computed once and kept: rule 6 of what a run means.

A frame is staged when two readers need it, when a rule that may fail must be decided before something
becomes visible, when rules need grouping, or when its step is Python or not deterministic. What Python, a
sort or a LIMIT reads is computed whole before: they run it twice or in part, and Spark counts what ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import TYPE_CHECKING

from lakemesh.spec.outputs import History
from lakemesh.spec.steps import Aggregate, Join, Python, Sql, Union

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow, Land, Read, Transform
    from lakemesh.spec.expectations import Rule

_EMPTY_WHEN_LEFT_IS = ("left", "semi", "anti")


def stage_flow(flow: Flow) -> Flow:
    """The flow with its staged frames and its gate marked, and the steps that cannot have rows."""
    empty = _empty_views(flow)
    readers = Counter(view for step in flow.steps for view in step.reads) + Counter(
        land.port.from_ for land in flow.batched
    )
    whole = {view for step in flow.steps if step.takes_whole for view in step.reads} - empty
    gated = _is_gated(flow)
    # Outputs are staged together: what is set aside of any is known, and written, before one of them is.
    together = gated or len(flow.batched) > 1 or any(map(is_read_twice, flow.batched))
    return flow.model_copy(
        update={
            "reads": tuple(_stage_read(read, readers[read.name], whole) for read in flow.reads),
            "steps": tuple(_stage_step(step, readers[step.name], empty, whole) for step in flow.steps),
            "outputs": tuple(_stage_output(land, together) for land in flow.outputs),
            "gated": gated,
        }
    )


def _stage_output(land: Land, together: bool) -> Land:
    """The output; one that recomputes groups is computed once, after the others, and so are its steps."""
    said = land.recompute
    if said is None:
        return land.model_copy(update={"staged": together})
    readers = Counter(view for step in said.steps for view in step.reads) + Counter([land.port.from_])
    whole = {view for step in said.steps if step.takes_whole for view in step.reads}
    steps = tuple(_stage_step(step, readers[step.name], frozenset(), whole) for step in said.steps)
    return land.model_copy(update={"staged": True, "recompute": said.model_copy(update={"steps": steps})})


def is_read_twice(land: Land) -> bool:
    """Whether an output's rows are read twice: for rules that group them, or by the way it writes."""
    port = land.port
    if isinstance(port, History) or getattr(port, "delete_when", None) or getattr(port, "by", ()):
        return True
    return any(rule.expectation.level == "grouped" for rule in land.rules)


def _stage_read(read: Read, readers: int, whole: Set[str]) -> Read:
    judged = any(map(_needs_all_rows, read.rules))
    staged = read.mode == "batch" and (readers > 1 or read.name in whole or judged)
    return read.model_copy(update={"staged": staged})


def _needs_all_rows(rule: Rule) -> bool:
    """Whether a rule of an input is decided by rows read more than once, or before any of them is written."""
    undecided = rule.on_failure == "fail" and not decided_by_row(rule)
    return undecided or rule.expectation.level == "grouped"


def _stage_step(step: Transform, readers: int, empty: Set[str], whole: Set[str]) -> Transform:
    name = step.name
    staged = name not in empty and (step.staged or readers > 1 or name in whole)
    return step.model_copy(update={"staged": staged, "empty": name in empty})


def _is_gated(flow: Flow) -> bool:
    fails = [rule for land in flow.batched for rule in land.rules if rule.on_failure == "fail"]
    casts = [cast for land in flow.batched for cast in land.cast_rules if cast[2] == "fail"]
    if len(flow.batched) > 1:
        slices = any(getattr(land.port, "where", None) for land in flow.batched)
        return bool(fails or casts or slices)
    return any(not decided_by_row(rule) for rule in fails)


def decided_by_row(rule: Rule) -> bool:
    """Whether one row alone can make the rule fail: a row rule without `mostly`."""
    return rule.expectation.level == "row" and getattr(rule.expectation, "mostly", 1) == 1


def _empty_views(flow: Flow) -> frozenset[str]:
    """The views that cannot have a row in this flow: other inputs' records and what is made of them alone."""
    empty = {read.name for read in flow.reads if read.mode == "empty"}
    for step in flow.steps:
        if _is_empty(step, empty):
            empty.add(step.name)
    return frozenset(empty)


def _is_empty(step: Transform, empty: set[str]) -> bool:
    match step.step:
        case Python():
            return False
        case Join(how=how):
            left, right = (view in empty for view in step.reads)
            if how in _EMPTY_WHEN_LEFT_IS:
                return left
            return {"right": right, "full": left and right}.get(how, left or right)
        case Aggregate(by=by):
            return bool(by) and step.reads[0] in empty
        case Sql():
            return bool(step.reads) and all(view in empty for view in step.reads)
        case Union():
            return all(view in empty for view in step.reads)
        case _:
            return step.reads[0] in empty
