"""What a step or an output may not do in a flow: rules 1, 2 and 11 of what a run means.

A flow sees one batch of one incremental input at a time. What needs rows of other batches, or of other
incremental inputs, would give answers that depend on how the records happened to arrive. A view joined with
what was made of the same inputs is no such thing: its rows meet themselves in each flow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from lakemesh.plan.graph import sorted_steps, step_reads
from lakemesh.plan.queries import parse_expression, parse_query, start_of
from lakemesh.plan.validate.expressions import is_aggregate
from lakemesh.plan.validate.scopes import Problem
from lakemesh.spec.outputs import Append, Overwrite, View
from lakemesh.spec.steps import Aggregate, Deduplicate, Derive, Join, Select, Sql, Window

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

Sources = frozenset[str]
"""The incremental inputs that rows come from."""
NOWHERE: Sources = frozenset()

_JOIN = (
    "joins the incremental inputs {names}, and a flow sees a batch of one of them only: read one side as a"
    " snapshot,"
    " or write both to a merge output by the same keys"
)
_FOLD = (
    "{what} over the incremental input {names} sees one batch only, not the whole: write the rows first and"
    " {verb} in a product that reads them as a snapshot, or read {names} as a snapshot (recompute: is not"
    " built yet)"
)


def check_flows(review: Review) -> None:
    """Report steps and outputs that would need more than a batch."""
    spec = review.product.spec
    incremental = frozenset(name for name, port in spec.input_ports.items() if port.incremental)
    sources: dict[str, Sources] = {name: frozenset([name]) & incremental for name in spec.input_ports}
    for name in sorted_steps(review.product):
        reads = step_reads(review.product, name)
        if name in spec.input_ports:  # naming has a finding for it
            continue
        sources[name] = NOWHERE.union(*(sources.get(view, NOWHERE) for view in reads))
    for name in sorted_steps(review.product):
        _check_step(review, name, lambda view: sources.get(view, NOWHERE))
    deduplicated = _deduplicated(review, sources)
    murky = _murky(review)
    for name, port in spec.output_ports.items():
        if isinstance(port, View):
            continue
        unsure = port.from_ in murky or review.is_doubtful("outputPorts", name, "write")
        if port.from_ in sources and not unsure:
            _check_output(review, name, port, sources[port.from_], deduplicated.get(port.from_))


def _check_step(review: Review, name: str, sources: Callable[[str], Sources]) -> None:
    step = review.product.spec.transformations[name]
    at = ("transformations", name)
    match step:
        case Sql():
            views = {view.lower(): sources(view) for view in step_reads(review.product, name)}
            _check_query(review, name, views)
        case Join():
            left, right = sources(step.from_[0]), sources(step.from_[1])
            if left and right and left != right:
                review.say((*at, "from"), f"step '{name}' {_join(left | right)}", "flow")
        case Aggregate() if sources(step.from_):
            review.say((*at, "kind"), _fold("an aggregate", "aggregate", sources(step.from_)), "flow")
        case Window() if sources(step.from_):
            review.say((*at, "kind"), _fold("a window", "rank", sources(step.from_)), "flow")
        case Derive() | Select() if sources(step.from_):
            _check_windows(review, name, step, sources(step.from_))


def _join(sources: Sources) -> str:
    return _JOIN.format(names=_listed(sources))


def _fold(what: str, verb: str, sources: Sources) -> str:
    return _FOLD.format(what=what, verb=verb, names=_listed(sources))


def _listed(sources: Sources) -> str:
    return " and ".join(f"'{name}'" for name in sorted(sources))


def _check_windows(review: Review, name: str, step: Derive | Select, sources: Sources) -> None:
    """Report window functions in single expressions."""
    said: Iterable[tuple[str | int, str]] = (
        step.columns.items() if isinstance(step, Derive) else enumerate(step.columns)
    )
    for key, text in said:
        if "over" in text.lower() and _finds_window(text):
            message = _fold("a window function", "rank", sources)
            review.say(("transformations", name, "columns", key), message, "flow")


def _finds_window(text: str) -> bool:
    from sqlglot import exp

    tree = parse_expression(text).tree
    return tree is not None and tree.find(exp.Window) is not None


def _check_query(review: Review, name: str, views: dict[str, Sources]) -> None:
    """Report joins, aggregates and windows over incremental inputs inside a query, each where it stands."""
    if not any(views.values()):
        return
    snippet = review.code(name)
    tree = parse_query(snippet.text).tree
    if tree is None:
        return
    problems: dict[tuple[int, str], Problem] = {}
    _trace(tree, views, lambda problem: problems.setdefault((problem.offset, problem.message), problem))
    for problem in sorted(problems.values(), key=lambda problem: problem.offset):
        review.complain(snippet, problem)


def _trace(node: Any, views: dict[str, Sources], say: Callable[[Problem], object]) -> Sources:
    """The incremental inputs that the rows of a query come from."""
    from sqlglot import exp

    with_ = node.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        views = {**views, cte.alias.lower(): _trace(cte.this, views, say)}
    if isinstance(node, exp.Select):
        return _trace_select(node, views, say)
    if isinstance(node, exp.SetOperation):
        sides = [_trace(side, views, say) for side in (node.left, node.right)]
        both = sides[0] | sides[1]
        if not isinstance(node, exp.Union) and all(sides) and sides[0] != sides[1]:
            say(Problem(start_of(node.args["expression"]) or 0, f"this {_join(both)}", "flow"))
        return both
    if isinstance(node, exp.Table):
        own = views.get(node.name.lower(), NOWHERE) if not node.args.get("db") else NOWHERE
        return own.union(*(_trace(join.this, views, say) for join in node.args.get("joins") or ()))
    return _trace(node.this, views, say) if isinstance(node, exp.Subquery | exp.Lateral) else NOWHERE


def _trace_select(node: Any, views: dict[str, Sources], say: Callable[[Problem], object]) -> Sources:
    from sqlglot import exp

    rows = NOWHERE
    for below, place in _read_by(node):
        found = _trace(below, views, say)
        if rows and found and rows != found:
            say(Problem(start_of(place) or 0, f"this {_join(rows | found)}", "flow"))
        rows |= found
    if rows:
        for fold in _folds(node):
            word = "a window function" if isinstance(fold, exp.Window) else "an aggregate"
            verb = "rank" if isinstance(fold, exp.Window) else "aggregate"
            say(Problem(start_of(fold) or start_of(node) or 0, _fold(word, verb, rows), "flow"))
    return rows


def _read_by(node: Any) -> Iterator[tuple[Any, Any]]:
    """What a SELECT reads: its FROM, its joins, and the queries inside its expressions."""
    from sqlglot import exp

    from_ = node.args.get("from_")
    direct = [from_.this] if from_ is not None else []
    direct += [join.this for join in node.args.get("joins") or ()]
    for below in direct:
        yield below, below
        for join in below.args.get("joins") or ():
            yield join.this, join.this
    inside = {id(below) for below in direct}
    for below in node.walk(prune=lambda one: isinstance(one, exp.Query) and one is not node):
        if below is node or not isinstance(below, exp.Query) or isinstance(below.parent, exp.CTE):
            continue
        if id(below) not in inside:
            yield below, below


def _folds(node: Any) -> Iterator[Any]:
    """The aggregates and windows of a SELECT itself, at most one of each; not those of queries inside it."""
    from sqlglot import exp

    seen: set[str] = set()
    for below in node.walk(prune=lambda one: isinstance(one, exp.Query) and one is not node):
        if isinstance(below, exp.Window) and below.args.get("over") and "window" not in seen:
            seen.add("window")
            yield below
        elif isinstance(below, exp.AggFunc) and "aggregate" not in seen and is_aggregate(below):
            seen.add("aggregate")
            yield below
    if node.args.get("group") is not None and "aggregate" not in seen:
        yield node.args["group"]


def _murky(review: Review) -> set[str]:
    """The views of which it is unknown what leads to them: their findings are elsewhere."""
    found: set[str] = set()
    placed = {name for name in review.product.spec.input_ports if not review.is_doubtful("inputPorts", name)}
    for name in sorted_steps(review.product):
        reads = step_reads(review.product, name)
        step = review.product.spec.transformations[name]
        unread = isinstance(step, Sql) and parse_query(review.code(name).text).tree is None
        unread = unread or review.is_doubtful("transformations", name)
        if unread or any(view not in placed or view in found for view in reads):
            found.add(name)
        placed.add(name)
    return found


def _deduplicated(review: Review, sources: dict[str, Sources]) -> dict[str, str]:
    """The views behind a deduplicate or SELECT DISTINCT over an incremental input, each with that step."""
    found: dict[str, str] = {}
    for name in sorted_steps(review.product):
        step = review.product.spec.transformations[name]
        reads = step_reads(review.product, name)
        above = next((found[view] for view in reads if view in found), None)
        if not sources[name]:
            continue
        itself = isinstance(step, Deduplicate) or (isinstance(step, Sql) and _is_distinct(review, name))
        if itself or above:
            found[name] = name if itself else str(above)
    return found


def _is_distinct(review: Review, name: str) -> bool:
    from sqlglot import exp

    tree = parse_query(review.code(name).text).tree
    return tree is not None and any(select.args.get("distinct") for select in tree.find_all(exp.Select))


def _check_output(review: Review, name: str, port: Any, sources: Sources, deduplicated: str | None) -> None:
    at = ("outputPorts", name)
    if isinstance(port, Append) and not sources:
        message = (
            f"'{name}' appends, and only snapshots lead to it: each run would add the same rows again."
            " Use write: overwrite or merge, or read an input incrementally (read: appends)"
        )
        review.say((*at, "write"), message, "flow")
    if isinstance(port, Append) and deduplicated is not None:
        message = (
            f"'{name}' appends what '{deduplicated}' deduplicates within a batch only: duplicates of"
            " earlier batches"
            " would stay. Use write: merge with keys and sequenceBy, which settles it, or leave the step out"
        )
        review.say((*at, "write"), message, "flow")
    if isinstance(port, Overwrite) and not (port.by or port.where) and sources:
        message = (
            f"'{name}' is overwritten whole by each batch of {_listed(sources)}: only the last batch would"
            " stay."
            " Use write: append or merge, or read the input as a snapshot"
        )
        review.say((*at, "write"), message, "flow")
