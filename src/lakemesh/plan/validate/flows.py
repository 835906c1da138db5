"""What a step may not do in a flow: rule 2 of what a run means.

A flow sees one batch of one incremental input at a time. What needs rows of other batches, or of other
incremental inputs, would give answers that depend on how the records happened to arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.expressions import has_window
from lakemesh.plan.validate.modes import Origin, check_driven, check_mode
from lakemesh.plan.validate.recomputing import check_grouped, check_recompute, groups_of
from lakemesh.plan.validate.repeating import repeated_views
from lakemesh.plan.validate.tracing import (
    NOWHERE,
    Sources,
    Trace,
    fold_of,
    join_of,
    may_fold,
    self_join_of,
    why_not_kept,
)
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import Aggregate, Deduplicate, Derive, Join, Select, Sql, Window

if TYPE_CHECKING:
    from lakemesh.plan.validate.grouping import Groups
    from lakemesh.plan.validate.review import Review


def check_flows(review: Review) -> None:
    """Report steps and outputs that would need more than a batch."""
    if _is_excerpt(review):
        return
    spec = review.product.spec
    incremental = frozenset(name for name, port in spec.input_ports.items() if port.incremental)
    sources: dict[str, Sources] = {name: frozenset([name]) & incremental for name in spec.input_ports}
    for name in review.steps:
        reads = review.reads(name)
        if name in spec.input_ports:  # naming has a finding for it
            continue
        sources[name] = NOWHERE.union(*(sources.get(view, NOWHERE) for view in reads))
    grouped, whole = groups_of(review)
    traces = {
        name: _traced(review, name, sources, grouped.get(name, ()) if name in whole else ())
        for name, step in spec.transformations.items()
        if isinstance(step, Sql)
    }
    for name in review.steps:
        _check_step(review, name, lambda view: sources.get(view, NOWHERE), traces, name in whole)
        if name in grouped:
            check_grouped(review, name, grouped[name], lambda view: sources.get(view, NOWHERE), name in whole)
    deduplicated = _deduplicated(review, sources, traces)
    repeated = repeated_views(review, sources, traces)
    driven = NOWHERE.union(*(sources.get(view, NOWHERE) for view in _written(review)))
    murky = _murky(review)
    for name, port in spec.output_ports.items():
        if isinstance(port, View):
            continue
        unsure = port.from_ in murky or review.is_doubtful("outputPorts", name, "write")
        if port.from_ in sources and not unsure:
            origin = Origin(sources[port.from_], deduplicated.get(port.from_), repeated.get(port.from_))
            if port.recompute:
                check_recompute(review, name, port, origin.sources)
            else:
                check_mode(review, name, port, origin)
            check_driven(review, name, port, origin, driven)


def _is_excerpt(review: Review) -> bool:
    """Whether a product was cut to a view that is looked at: it has no flow, all inputs are read at once."""
    said = review.document.has(("outputPorts",)) and not review.is_cut("outputPorts")
    return said and not review.names("outputPorts")


def _written(review: Review) -> Iterator[str]:
    """The views that outputs are written from."""
    ports = review.product.spec.output_ports.values()
    yield from (port.from_ for port in ports if not isinstance(port, View))


def _check_step(
    review: Review,
    name: str,
    sources: Callable[[str], Sources],
    traces: Mapping[str, Trace],
    is_whole: bool,
) -> None:
    """Report what a step asks of a batch; `is_whole` says that it is only ever given whole groups."""
    step = review.product.spec.transformations[name]
    at = ("transformations", name)
    match step:
        case Sql():
            _check_query(review, name, traces[name])
        case Join():
            left, right = sources(step.from_[0]), sources(step.from_[1])
            why = why_not_kept(f"this {step.how} join", step.how, left, right)
            if left and right and left != right:
                review.say((*at, "from"), f"step '{name}' {join_of(left | right)}", "flow")
            elif left and right and not is_whole:
                review.say((*at, "from"), self_join_of("this join", left), "flow")
            elif why:
                review.say((*at, "how"), why, "flow")
        case Aggregate() | Window() | Derive() | Select() if is_whole:
            return
        case Aggregate() if sources(step.from_):
            review.say((*at, "kind"), fold_of("an aggregate", "aggregate", sources(step.from_)), "flow")
        case Window() if sources(step.from_):
            review.say((*at, "kind"), fold_of("a window", "rank", sources(step.from_)), "flow")
        case Derive() | Select() if sources(step.from_):
            _check_windows(review, name, step, sources(step.from_))


def _check_windows(review: Review, name: str, step: Derive | Select, sources: Sources) -> None:
    """Report window functions in single expressions."""
    said: Iterable[tuple[str | int, str]] = (
        step.columns.items() if isinstance(step, Derive) else enumerate(step.columns)
    )
    for key, text in said:
        if has_window(text):
            message = fold_of("a window function", "rank", sources)
            review.say(("transformations", name, "columns", key), message, "flow")


def _traced(review: Review, name: str, sources: Mapping[str, Sources], groups: Groups) -> Trace:
    """What a query asks of incremental inputs, or of the groups that it is given whole."""
    views = {view.lower(): sources.get(view, NOWHERE) for view in review.reads(name)}
    trace, text = Trace(views, groups), review.code(name).text
    if any(views.values()) and (groups or len(views) > 1 or may_fold(text)):
        tree = parse_query(text).tree
        if tree is not None:
            trace.query(tree, views)
    return trace


def _check_query(review: Review, name: str, trace: Trace) -> None:
    """Report what a query asks of incremental inputs that a batch cannot answer, each where it stands."""
    for problem in sorted(trace.problems.values(), key=lambda problem: problem.offset):
        review.complain(review.code(name), problem)


def _murky(review: Review) -> set[str]:
    """The views of which it is unknown what leads to them: their findings are elsewhere."""
    found: set[str] = set()
    placed = {name for name in review.product.spec.input_ports if not review.is_doubtful("inputPorts", name)}
    for name in review.steps:
        reads = review.reads(name)
        step = review.product.spec.transformations[name]
        unread = isinstance(step, Sql) and parse_query(review.code(name).text).tree is None
        unread = unread or review.is_doubtful("transformations", name)
        if unread or any(view not in placed or view in found for view in reads):
            found.add(name)
        placed.add(name)
    return found


def _deduplicated(review: Review, sources: dict[str, Sources], traces: Mapping[str, Trace]) -> dict[str, str]:
    """The views behind a deduplicate or SELECT DISTINCT over an incremental input, each with that step."""
    found: dict[str, str] = {}
    for name in review.steps:
        reads = review.reads(name)
        above = next((found[view] for view in reads if view in found), None)
        if not sources[name]:
            continue
        if above or _merges_equals(review, name, sources, traces):
            found[name] = str(above) if above else name
    return found


def _merges_equals(
    review: Review, name: str, sources: Mapping[str, Sources], traces: Mapping[str, Trace]
) -> bool:
    """Whether a step makes one row of several equal ones, as far as they lie in one batch."""
    match review.product.spec.transformations[name]:
        case Deduplicate():
            return True
        case Join(from_=(left, right), how="semi"):
            return bool(sources.get(right)) and not sources.get(left)
        case Sql():
            return traces[name].is_distinct
        case _:
            return False
