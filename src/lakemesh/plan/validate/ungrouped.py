"""Columns that a SELECT lists beside its groups without grouping by them.

It speaks only where it is sure: of groups by plain columns, or of none at all beside an aggregate.
Source: https://spark.apache.org/docs/4.0.0/sql-ref-syntax-qry-select-groupby.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakemesh.plan.validate.grouping import is_aggregate

_WHY = "'{0}' stands beside groups and is none: group by it, or fold it, as in max({0})"


def ungrouped(select: Any) -> Iterator[tuple[Any, str]]:
    """Each such column of a SELECT, and what to do about it."""
    from sqlglot import exp

    grouped = _grouped(select)
    if grouped is None or _may_read_above(select):
        return
    for item in select.expressions:
        plain = item.this if isinstance(item, exp.Alias) else item
        if _sql(plain) not in grouped and item.alias_or_name.lower() not in grouped:
            for column in _read_bare(plain, grouped):
                name = column.name
                message = (
                    f"'{name}' stands beside groups and is none: group by it, or fold it, as in max({name})"
                )
                yield column, message
        if isinstance(item, exp.Alias):
            grouped.add(item.alias.lower())  # a later item may name it


def _grouped(select: Any) -> set[str] | None:
    """The columns that a SELECT groups by, as written and by their last names; None where it may list any."""
    from sqlglot import exp

    group = select.args.get("group")
    if group is None:
        folds = any(is_aggregate(_without_queries(item)) for item in select.expressions)
        return set() if folds or select.args.get("having") is not None else None
    if any(value for key, value in group.args.items() if key != "expressions"):
        return None
    if not all(isinstance(one, exp.Column) for one in group.expressions):
        return None
    return {name for one in group.expressions for name in (_sql(one), one.name.lower())}


def _may_read_above(select: Any) -> bool:
    """Whether a SELECT stands where it may name columns of the query around it."""
    from sqlglot import exp

    plain = (exp.Subquery, exp.From, exp.Join, exp.CTE, exp.With, exp.SetOperation, exp.Paren, exp.Select)
    node = select.parent
    while node is not None:
        if not isinstance(node, plain):
            return True
        node = node.parent
    return False


def _read_bare(node: Any, grouped: set[str]) -> Iterator[Any]:
    """The columns that an expression reads outside aggregates, and that no group is."""
    from sqlglot import exp

    folds = exp.AggFunc | exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup | exp.Window
    if isinstance(node, folds | exp.Query | exp.Anonymous | exp.Lambda | exp.Any):
        return
    if isinstance(node, exp.Star) or _sql(node) in grouped:
        return
    if isinstance(node, exp.Column):
        parts = {part.name.lower() for part in node.parts}
        if not isinstance(node.this, exp.Star) and not parts & grouped:
            yield node
        return
    for child in node.iter_expressions():
        yield from _read_bare(child, grouped)


def _without_queries(item: Any) -> Any:
    """An item of a list without the queries within, whose aggregates are their own."""
    from sqlglot import exp

    if item.find(exp.Query) is None:
        return item
    return item.copy().transform(lambda node: exp.null() if isinstance(node, exp.Query) else node)


def _sql(node: Any) -> str:
    from sqlglot import ErrorLevel

    return str(node.sql("databricks", unsupported_level=ErrorLevel.IGNORE)).lower()
