"""Databricks SQL into DuckDB's, where a plain translation would mean something else."""

from __future__ import annotations

from sqlglot import exp

_BY_ZERO = "division by zero: on Databricks this is an error, too; use try_divide for NULL"


def to_duckdb(tree: exp.Expr, zone: str) -> str:
    """The query in DuckDB's dialect: headings as Databricks would give them, division by zero an error."""
    named = _name_columns(tree)
    return named.transform(_translate, zone).sql("duckdb", identify=True)


def _name_columns(tree: exp.Expr) -> exp.Expr:
    """The query with a name for every expression that has none: its own text, not DuckDB's."""
    tree = tree.copy()
    for select in (tree, *_branches(tree)):
        if isinstance(select, exp.Select):
            select.set("expressions", [_named(column) for column in select.expressions])
    return tree


def _branches(tree: exp.Expr) -> list[exp.Expr]:
    left = tree.this if isinstance(tree, exp.SetOperation | exp.Subquery) else None
    return [left, *_branches(left)] if left is not None else []


def _named(column: exp.Expr) -> exp.Expr:
    if isinstance(column, exp.Explode):
        return exp.alias_(column, "col", quoted=True)
    if column.alias or column.is_star or isinstance(column, exp.Column | exp.Dot | exp.Aliases | exp.Alias):
        return column
    text = column.sql("databricks", normalize_functions="lower")
    # A heading CURRENT_DATE would be taken for a column that is not there yet.
    return exp.alias_(column, f"{text.lower()}()" if text.isidentifier() else text, quoted=True)


def _translate(node: exp.Expr, zone: str) -> exp.Expr:
    match node:
        case exp.Div() | exp.IntDiv() | exp.Mod() if not _is_nonzero(node.expression):
            node.set("expression", _guarded(node.expression))
            return node
        case exp.CurrentTimezone():
            return exp.Literal.string(zone)
        case _:
            return node


def _is_nonzero(divisor: exp.Expr) -> bool:
    """Whether a divisor cannot be zero, or is already guarded."""
    if isinstance(divisor, exp.Case | exp.Nullif):
        return True
    return divisor.is_number and float(divisor.to_py()) != 0


def _guarded(divisor: exp.Expr) -> exp.Expr:
    zero = exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
    refusal = exp.Anonymous(this="error", expressions=[exp.Literal.string(_BY_ZERO)])
    return exp.Case(ifs=[exp.If(this=zero, true=refusal)], default=divisor.copy())
