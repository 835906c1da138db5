"""Databricks SQL into DuckDB's, where a plain translation would mean something else."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from lakemesh.errors import QueryError

_HASHES = ("hash", "xxhash64")
_NO_NUMBER = " to a whole number: use try_cast for NULL"
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
        case exp.Cast() if node.to.this in exp.DataType.SIGNED_INTEGER_TYPES and not node.this.is_int:
            # A new node, since the walk goes on into one that it knows: what it reads is translated here.
            whole = _whole(node.this.transform(_translate, zone), isinstance(node, exp.TryCast))
            return type(node)(this=whole, to=node.to.copy())
        case exp.DayOfWeek():
            # Databricks counts from Sunday as 1, DuckDB from Sunday as 0.
            return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
        case exp.Anonymous() if node.name.lower() == "weekday":
            # Databricks counts from Monday as 0.
            monday = exp.Anonymous(this="isodow", expressions=node.expressions)
            return exp.paren(exp.Sub(this=monday, expression=exp.Literal.number(1)))
        case exp.Anonymous() if node.name.lower() in _HASHES:
            raise QueryError(
                f"{node.name.lower()}() gives other numbers here than on Databricks: use md5 or sha2."
            )
        case _:
            return node


def _whole(value: exp.Expr, tried: bool) -> exp.Expr:
    """A value as the text of a whole number, cut as Databricks cuts it: DuckDB would round.

    Text that is no whole number is an error, as with ANSI on, or NULL where the cast is only tried.
    """
    text = value.sql("duckdb", identify=True)
    said = f"CAST({text} AS VARCHAR)"
    no_number = "NULL" if tried else f"error('cannot cast ''' || {said} || '''{_NO_NUMBER}')"
    cut = (
        f"CASE WHEN typeof({text}) IN ('FLOAT', 'DOUBLE')"
        f" THEN CAST(CAST(trunc(TRY_CAST({text} AS DOUBLE)) AS HUGEINT) AS VARCHAR)"
        f" WHEN typeof({text}) LIKE 'DECIMAL%' THEN split_part({said}, '.', 1)"
        f" WHEN typeof({text}) = 'BOOLEAN' THEN CASE {said} WHEN 'true' THEN '1' WHEN 'false' THEN '0' END"
        f" WHEN typeof({text}) = 'VARCHAR' AND NOT regexp_matches({said}, '^\\s*[+-]?[0-9]+\\s*$')"
        f" THEN {no_number} ELSE {said} END"
    )
    return sqlglot.parse_one(cut, read="duckdb")


def _is_nonzero(divisor: exp.Expr) -> bool:
    """Whether a divisor cannot be zero, or is already guarded."""
    if isinstance(divisor, exp.Case | exp.Nullif):
        return True
    return divisor.is_number and float(divisor.to_py()) != 0


def _guarded(divisor: exp.Expr) -> exp.Expr:
    zero = exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
    refusal = exp.Anonymous(this="error", expressions=[exp.Literal.string(_BY_ZERO)])
    return exp.Case(ifs=[exp.If(this=zero, true=refusal)], default=divisor.copy())
