"""PIVOT: the values of a column become columns, as Spark groups and names them."""

from __future__ import annotations

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.query.translate.expressions import bind
from lakemesh.query.translate.scope import Columns, Context, Scope, Source
from lakemesh.query.translate.values import Value, name


def pivoted(sql: str, source: Source, pivot: exp.Expr, at: Context) -> tuple[str, Source]:
    """A source pivoted: a row for each combination of the columns that the pivot does not read.

    Raises QueryError for UNPIVOT, and for a pivot over several columns.
    """
    if pivot.args.get("unpivot") or len(pivot.args.get("fields") or ()) != 1:
        raise QueryError("UNPIVOT, and PIVOT over several columns, are not answered here: run them in Spark.")
    field, inside = pivot.args["fields"][0], at.with_scope(Scope((source,), at.scope))
    if not isinstance(field, exp.In) or not isinstance(field.this, exp.Column):
        raise QueryError("PIVOT is written PIVOT (sum(x) FOR column IN ('a', 'b')) here.")
    aggregates = pivot.expressions
    read = {c.name.lower() for node in (*aggregates, field.this) for c in node.find_all(exp.Column)}
    kept = [(n, kind) for n, kind in source.columns if n.lower() not in read]
    groups = [f"{name(source.alias)}.{name(n)}" for n, _ in kept]
    made = [
        _cell(field.this, value, one, len(aggregates) > 1, inside)
        for value in field.expressions
        for one in aggregates
    ]
    listed = [*groups, *(f"{value.sql} AS {name(n)}" for n, value in made)]
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    columns: Columns = (*kept, *((n, value.type) for n, value in made))
    alias = pivot.alias or source.alias
    named = f"{name(alias)}({', '.join(name(n) for n, _ in columns)})"
    return f"(SELECT {', '.join(listed)} FROM {sql}{grouped}) AS {named}", Source(
        alias, columns, source.qualifiers
    )


def _cell(
    column: exp.Expr, value: exp.Expr, aggregate: exp.Expr, several: bool, at: Context
) -> tuple[str, Value]:
    wanted = value.this if isinstance(value, exp.PivotAlias) else value
    head = value.args["alias"].name if isinstance(value, exp.PivotAlias) else wanted.name
    if several:
        head += f"_{aggregate.alias or aggregate.sql('databricks', normalize_functions='lower')}"
    bare = aggregate.this if isinstance(aggregate, exp.Alias) else aggregate
    is_value = exp.NullSafeEQ(this=column.copy(), expression=wanted.copy())
    found = bind(exp.Filter(this=bare.copy(), expression=exp.Where(this=is_value)), at)
    # Where no row has the value the cell is NULL, even that of a count.
    there = f"count(*) FILTER (WHERE {bind(is_value, at).sql}) > 0"
    return head, Value(f"CASE WHEN {there} THEN {found.sql} END", found.type)
