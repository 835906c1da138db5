"""By which columns a piece of SQL keeps rows apart: what it folds, ranks or joins, and what it renames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lakemesh.plan.queries import parse_expression
from lakemesh.plan.validate.frames import Frame
from lakemesh.spec.types import Primitive, Struct

Groups = tuple[str, ...]
"""The columns by whose groups an output is recomputed."""
# Spark's aggregates that sqlglot knows as functions of no kind.
FOLDS = frozenset(
    "count_min_sketch every histogram_numeric hll_sketch_agg hll_union_agg mean schema_of_variant_agg some"
    " std try_avg try_sum".split()
)
_TIMES = ("window", "session_window")
_SPAN = Struct(tuple((name, Primitive("timestamp")) for name in ("start", "end")))
_SUBTOTALS = ("rollup", "cube", "grouping_sets")


def folded_by(fold: Any, select: Any) -> set[str]:
    """The columns, in lower case, by which a window or the aggregates of a SELECT keep rows apart."""
    from sqlglot import exp

    if isinstance(fold, exp.Window):
        return _names(fold.args.get("partition_by") or ())
    group = select.args.get("group")
    if group is None or any(group.args.get(key) for key in _SUBTOTALS):
        return set()
    if group.args.get("all"):
        return _names(select.expressions)
    return _names(_nth(select, one) if one.is_int else one for one in group.expressions)


def windows_grouped_by(select: Any) -> Iterator[Frame]:
    """The columns that grouping by windows of time adds, such as `window` with its start and its end."""
    from sqlglot import exp

    group = select.args.get("group")
    for one in group.expressions if group is not None else ():
        if isinstance(one, exp.Anonymous) and str(one.this).lower() in _TIMES:
            yield Frame(((str(one.this).lower(), _SPAN),), True)


def joined_by(join: Any) -> set[str]:
    """The columns, in lower case, that a join of SQL wants to be equal on both sides."""
    return {one.name.lower() for one in join.args.get("using") or ()} | equated_by(join.args.get("on"))


def equated_by(condition: Any) -> set[str]:
    """The columns, in lower case, that a condition wants to be equal to those of the same name."""
    from sqlglot import exp

    match condition:
        case exp.And() | exp.Paren():
            return set().union(*map(equated_by, condition.iter_expressions()))
        case exp.EQ(this=exp.Column() as left, expression=exp.Column() as right):
            return {left.name.lower()} if left.name.lower() == right.name.lower() else set()
        case _:
            return set()


def changed_columns(select: Any, groups: Groups) -> Iterator[Any]:
    """What a SELECT gives under the name of a column of the groups and is not that column."""
    from sqlglot import exp

    names = {name.lower() for name in groups}
    for one in select.expressions:
        if isinstance(one, exp.Alias) and one.alias.lower() in names - _names([one]):
            yield one


def windows_of(text: str) -> Iterator[Any]:
    """The window functions of an expression."""
    from sqlglot import exp

    tree = parse_expression(text).tree if "over" in text.lower() else None
    yield from tree.find_all(exp.Window) if tree is not None else ()


def is_aggregate(tree: Any) -> bool:
    """Whether an expression folds many rows into one: an aggregate function that is not over a window."""
    from sqlglot import exp

    for node in tree.find_all(exp.AggFunc, exp.Any, exp.Anonymous):
        if isinstance(node, exp.Anonymous) and str(node.this).lower() not in FOLDS:
            continue
        if isinstance(node, exp.Any) and isinstance(node.this, exp.Query):
            continue
        above = node.parent
        while isinstance(above, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
            above = above.parent
        if not isinstance(above, exp.Window):
            return True
    return False


def folds_within(node: Any) -> Iterator[tuple[Any, str]]:
    """An aggregate that has another one in it, and is not over a window; and why that cannot be."""
    from sqlglot import exp

    if isinstance(node.parent, exp.Window | exp.Filter):
        return
    query = node.find_ancestor(exp.Query)
    inner = (one for one in node.find_all(exp.AggFunc) if one is not node)
    if any(not isinstance(one.parent, exp.Window) and one.find_ancestor(exp.Query) is query for one in inner):
        yield node, "an aggregate within an aggregate: fold the rows once in a step before"


def renames_to(item: str, groups: Groups) -> str | None:
    """The column of the groups whose name an item of a list gives to something else, such as `a + 1 as b`."""
    from sqlglot import exp

    tree = parse_expression(item).tree
    if not isinstance(tree, exp.Alias):
        return None
    changed = next(changed_columns(exp.Select(expressions=[tree]), groups), None)
    return None if changed is None else str(changed.alias)


def ungrouped_of(what: str, lacking: Iterable[str]) -> str:
    """Why rows of a recomputed output cannot be folded so."""
    names = ", ".join(lacking)
    why = f"{what} here puts rows of several groups together, and only some are recomputed"
    return f"{why}: let it go by {names}"


def changed_of(name: str) -> str:
    """Why a column of the groups cannot be made anew."""
    return (
        f"'{name}' tells apart the groups that an output recomputes and has to come through as it is: make it"
        " in a step before the rows are written"
    )


def _names(nodes: Iterable[Any]) -> set[str]:
    from sqlglot import exp

    plain = (one.this if isinstance(one, exp.Alias) else one for one in nodes)
    return {one.name.lower() for one in plain if isinstance(one, exp.Column)}


def _nth(select: Any, literal: Any) -> Any:
    number = int(literal.this) - 1
    return select.expressions[number] if 0 <= number < len(select.expressions) else literal
