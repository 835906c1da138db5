"""Aggregates and window functions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lakemesh.errors import QueryError
from lakemesh.query.translate.casts import cast, text_of
from lakemesh.query.translate.functions.signature import MANY
from lakemesh.query.translate.operators import as_condition, divided
from lakemesh.query.translate.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    STRING,
    VOID,
    Type,
    array,
    decimal,
)
from lakemesh.query.translate.values import Value, cased, constant, literal_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 38
_COUNT_DIGITS = 20


@dataclass(frozen=True)
class Group:
    """How a call aggregates: DISTINCT, its order, its FILTER, its OVER."""

    distinct: bool = False
    order: str = ""
    condition: str = ""
    over: str = ""
    ignores_nulls: bool = False

    def __call__(self, function: str, *arguments: str, only: str = "") -> str:
        """One call of an aggregate of DuckDB's over the group; `only`: for rows that fulfil a condition."""
        conditions = " AND ".join(f"({c})" for c in (self.condition, only) if c)
        where = f" FILTER (WHERE {conditions})" if conditions else ""
        said = ("DISTINCT " if self.distinct else "") + ", ".join(arguments)
        return f"{function}({said}{self.order}){where}{self.over}"


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of Databricks SQL; `needs_window`: it makes sense over a window alone."""

    fewest: int
    most: int
    rule: Callable[..., Value]
    needs_window: bool = False


def _count(g: Group, *values: Value) -> Value:
    if not values or values[0].sql == "*":
        return Value(g("count", "*"), BIGINT)
    if len(values) == 1:
        return Value(g("count", values[0].sql), BIGINT)
    present = " AND ".join(f"{v.sql} IS NOT NULL" for v in values)
    row = f"row({', '.join(v.sql for v in values)})"
    return Value(g("count", f"CASE WHEN {present} THEN {row} END"), BIGINT)


def _count_if(g: Group, value: Value) -> Value:
    return Value(g("count", "*", only=as_condition(value).sql), BIGINT)


def _sum(g: Group, value: Value) -> Value:
    number = _number(value)
    kind = _sum_type(number.type)
    return Value(f"CAST({g('sum', number.sql)} AS {kind.duck})", kind)


def _number(value: Value) -> Value:
    if value.type not in (STRING, VOID) and not value.type.is_number:
        raise QueryError(f"a number is wanted: this is of type {value.type}.")
    return value if value.type.is_number else cast(value, DOUBLE)


def _sum_type(kind: Type) -> Type:
    if kind.is_whole:
        return BIGINT
    return decimal(min(kind.digits + 10, _MOST), kind.scale) if kind.name == "decimal" else DOUBLE


def _avg(g: Group, value: Value) -> Value:
    number = _number(value)
    if number.type.name != "decimal":
        return Value(
            g("avg", cast(number, DOUBLE).sql if number.type.name == "float" else number.sql), DOUBLE
        )
    kind = decimal(min(number.type.digits + 4, _MOST), min(number.type.scale + 4, _MOST))
    total, count = g("sum", number.sql), g("count", number.sql)
    long = decimal(_MOST, number.type.scale)
    quotient = divided(total, f"nullif({count}, 0)", long, decimal(_COUNT_DIGITS, 0), kind)
    return Value(quotient, kind)


def _same(function: str) -> Aggregate:
    return Aggregate(1, 1, lambda g, value: Value(g(function, value.sql), value.type))


def _double(function: str, count: int = 1) -> Aggregate:
    return Aggregate(
        count, count, lambda g, *values: Value(g(function, *(cast(v, DOUBLE).sql for v in values)), DOUBLE)
    )


def _truth(function: str) -> Aggregate:
    return Aggregate(1, 1, lambda g, value: Value(g(function, as_condition(value).sql), BOOLEAN))


def _edge(function: str) -> Aggregate:
    """First and last: with their second argument, or IGNORE NULLS, of the values that are not NULL."""

    def rule(g: Group, value: Value, ignores: Value | None = None) -> Value:
        skip = g.ignores_nulls or (ignores is not None and ignores.sql.lower() == "true")
        if g.over:
            over = g.over
            called = f"{function}_value({value.sql}{' IGNORE NULLS' if skip else ''}){over}"
            return Value(called, value.type)
        return Value(g(function, value.sql, only=f"{value.sql} IS NOT NULL" if skip else ""), value.type)

    return Aggregate(1, 2, rule)


def _by(function: str) -> Aggregate:
    def rule(g: Group, value: Value, order: Value) -> Value:
        return Value(g(function, value.sql, order.sql, only=f"{order.sql} IS NOT NULL"), value.type)

    return Aggregate(2, 2, rule)


def _collect(distinct: bool) -> Aggregate:
    def rule(g: Group, value: Value) -> Value:
        each = Group(distinct or g.distinct, g.order, g.condition, g.over)
        listed = each("list", value.sql, only=f"{value.sql} IS NOT NULL")
        return Value(f"coalesce({listed}, [])", array(value.type))

    return Aggregate(1, 1, rule)


def _listagg(g: Group, value: Value, separator: Value | None = None) -> Value:
    return Value(g("string_agg", text_of(value).sql, (separator or constant("")).sql), STRING)


def _percentile(g: Group, value: Value, share: Value) -> Value:
    return Value(g("quantile_cont", cast(value, DOUBLE).sql, _share(share)), DOUBLE)


def _percentile_disc(g: Group, value: Value, share: Value, accuracy: Value | None = None) -> Value:
    return Value(g("quantile_disc", value.sql, _share(share)), value.type)


def _share(share: Value) -> str:
    if share.type.name == "array":
        raise QueryError("percentiles are asked for one at a time here: no array of them.")
    number = literal_of(share, "the share of a percentile")
    if isinstance(number, str):
        raise QueryError("the share of a percentile is a number.")
    if not 0 <= number <= 1:
        raise QueryError("the share of a percentile lies between 0 and 1.")
    return str(number)


def _approx_count(g: Group, value: Value, accuracy: Value | None = None) -> Value:
    # Exact, which is within what the function promises.
    return Value(Group(True, "", g.condition, g.over)("count", value.sql), BIGINT)


def _ranked(function: str, kind: Type = INT) -> Aggregate:
    return Aggregate(0, 0, lambda g: Value(f"CAST({g(function)} AS {kind.duck})", kind), needs_window=True)


def _ntile(g: Group, count: Value) -> Value:
    return Value(f"CAST({g('ntile', cast(count, INT).sql)} AS INTEGER)", INT)


def _neighbour(function: str) -> Aggregate:
    def rule(g: Group, value: Value, offset: Value | None = None, default: Value | None = None) -> Value:
        arguments = [value.sql, str(whole_of(offset or constant(1), f"the offset of {function}()"))]
        if default is not None:
            arguments.append(cast(default, value.type).sql)
        ignoring = " IGNORE NULLS" if g.ignores_nulls else ""
        return Value(f"{function}({', '.join(arguments)}{ignoring}){g.over}", value.type)

    return Aggregate(1, 3, rule, needs_window=True)


def _nth(g: Group, value: Value, number: Value) -> Value:
    return Value(f"nth_value({value.sql}, {number.sql}){g.over}", value.type)


def _grouping(g: Group, value: Value) -> Value:
    return Value(f"CAST(grouping({value.sql}) AS TINYINT)", Type("tinyint"))


def _variance(function: str) -> Aggregate:
    """Of one value a sample has no variance: NULL, as in Spark."""

    def rule(g: Group, value: Value) -> Value:
        v = cast(value, DOUBLE).sql
        return Value(cased((f"{g('count', v)} > 1", g(function, v))), DOUBLE)

    return Aggregate(1, 1, rule)


_COUNT = Aggregate(1, MANY, _count)
_ANY = Aggregate(1, 2, _edge("first").rule)
_STDDEV, _VARIANCE = _variance("stddev_samp"), _variance("var_samp")
_EVERY, _SOME = _truth("bool_and"), _truth("bool_or")
_LIST = _collect(distinct=False)
_APPROX = Aggregate(2, 3, _percentile_disc)
AGGREGATES = {
    "any_value": _ANY,
    "approx_count_distinct": Aggregate(1, 2, _approx_count),
    "approx_percentile": _APPROX,
    "array_agg": _LIST,
    "avg": Aggregate(1, 1, _avg),
    "bool_and": _EVERY,
    "bool_or": _SOME,
    "collect_list": _LIST,
    "collect_set": _collect(distinct=True),
    "corr": _double("corr", 2),
    "count": _COUNT,
    "count_if": Aggregate(1, 1, _count_if),
    "covar_pop": _double("covar_pop", 2),
    "covar_samp": _double("covar_samp", 2),
    "cume_dist": _ranked("cume_dist", DOUBLE),
    "dense_rank": _ranked("dense_rank"),
    "every": _EVERY,
    "first": _edge("first"),
    "first_value": _edge("first"),
    "grouping": Aggregate(1, 1, _grouping),
    "lag": _neighbour("lag"),
    "last": _edge("last"),
    "last_value": _edge("last"),
    "lead": _neighbour("lead"),
    "listagg": Aggregate(1, 2, _listagg),
    "max": _same("max"),
    "max_by": _by("arg_max_null"),
    "mean": Aggregate(1, 1, _avg),
    "median": Aggregate(1, 1, lambda g, v: _percentile(g, v, Value("0.5", DOUBLE, Decimal("0.5")))),
    "min": _same("min"),
    "min_by": _by("arg_min_null"),
    "nth_value": Aggregate(2, 2, _nth, needs_window=True),
    "ntile": Aggregate(1, 1, _ntile, needs_window=True),
    "percent_rank": _ranked("percent_rank", DOUBLE),
    "percentile": Aggregate(2, 2, _percentile),
    "percentile_approx": _APPROX,
    "percentile_cont": Aggregate(2, 2, _percentile),
    "percentile_disc": Aggregate(2, 2, lambda g, v, share: _percentile_disc(g, cast(v, DOUBLE), share)),
    "rank": _ranked("rank"),
    "row_number": _ranked("row_number"),
    "some": _SOME,
    "std": _STDDEV,
    "stddev": _STDDEV,
    "stddev_pop": _double("stddev_pop"),
    "stddev_samp": _STDDEV,
    "string_agg": Aggregate(1, 2, _listagg),
    "sum": Aggregate(1, 1, _sum),
    "var_pop": _double("var_pop"),
    "var_samp": _VARIANCE,
    "variance": _VARIANCE,
}
