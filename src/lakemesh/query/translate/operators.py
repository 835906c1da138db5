"""Arithmetic and comparisons, with the types and the errors of Spark with ANSI on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.errors import QueryError
from lakemesh.query.translate.casts import cast, text_of, together
from lakemesh.query.translate.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MONTHS,
    MOST_DIGITS,
    SECONDS,
    STRING,
    TIMESTAMP,
    Type,
    as_decimal,
    common,
    decimal,
)
from lakemesh.query.translate.values import Value, cased, fail, let, truth

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_ZERO = "division by zero: on Databricks this is an error, too; use try_divide for NULL"
_TIMES = ("date", "timestamp", "timestamp_ntz")


def compare(sign: str, left: Value, right: Value) -> Value:
    """Two values compared in the type that Spark compares them in."""
    a, b = together([left, right], "values to compare")
    if a.type.name == "map" or a.type.is_interval:
        raise QueryError(f"values of type {a.type} are not compared here.")
    return truth(f"({a.sql} {sign} {b.sql})")


def calculate(sign: str, left: Value, right: Value) -> Value:
    """`+ - * / % div` of two values; raises QueryError for types that do not go together."""
    if left.type.is_interval or right.type.is_interval or {left.type.name, right.type.name} & {*_TIMES}:
        return _shift(sign, left, right)
    a, b = _as_number(left, right), _as_number(right, left)
    if sign == "/":
        return _divide(a, b)
    if sign == "div":
        return _whole_quotient(a, b)
    if "decimal" in (a.type.name, b.type.name) and not {a.type, b.type} & {DOUBLE, FLOAT}:
        return _decimals(sign, a, b)
    kind = common(a.type, b.type) or DOUBLE
    x, y = cast(a, kind), cast(b, kind)
    if sign == "%":
        return Value(_guarded(y.sql, lambda v: f"({x.sql} % {v})"), kind)
    return Value(f"({x.sql} {sign} {y.sql})", kind)


def bitwise(sign: str, left: Value, right: Value) -> Value:
    """`& | ^` of two whole numbers."""
    kind = common(left.type, right.type)
    if kind is None or not (left.type.is_whole and right.type.is_whole):
        raise QueryError(f"{left.type} {sign} {right.type}: bits are those of whole numbers.")
    a, b = cast(left, kind), cast(right, kind)
    return Value(f"xor({a.sql}, {b.sql})" if sign == "^" else f"({a.sql} {sign} {b.sql})", kind)


def negate(value: Value) -> Value:
    """The number with its other sign."""
    if not (value.type.is_number or value.type.is_interval):
        raise QueryError(f"{value.type} has no sign: cast it to a number.")
    literal = -value.literal if isinstance(value.literal, int) else None
    return Value(f"(-{value.sql})", value.type, literal)


def _as_number(value: Value, other: Value) -> Value:
    if value.type.is_number:
        return value
    if value.type.name == "void":
        return cast(value, other.type if other.type.is_number else DOUBLE)
    if value.type == STRING:
        return cast(value, BIGINT if other.type.is_whole else DOUBLE)
    raise QueryError(f"{value.type} is no number: cast it to one.")


def _fixed(value: Value) -> Type:
    """The decimal that a value is in arithmetic: a literal has no more digits than it shows."""
    if isinstance(value.literal, int) and value.type != INT and value.type.is_whole:
        raise QueryError(
            f"{value.literal} as {value.type} beside a decimal is not answered: write it as a decimal."
        )
    if isinstance(value.literal, int):
        return decimal(max(1, len(str(abs(value.literal)))), 0)
    return as_decimal(value.type)


def _guarded(divisor: str, use: Callable[[str], str]) -> str:
    return let(divisor, lambda v: f"CASE WHEN {v} = 0 THEN {fail(_BY_ZERO)} ELSE {use(v)} END")


def _decimals(sign: str, a: Value, b: Value) -> Value:
    p, q = _fixed(a), _fixed(b)
    scale = max(p.scale, q.scale)
    match sign:
        case "*":
            return _product(cast(a, p), cast(b, q))
        case "%":
            kind = decimal(min(p.digits - p.scale, q.digits - q.scale) + scale, scale)
            wide = decimal(max(p.digits - p.scale, q.digits - q.scale) + scale, scale)
            x, y = cast(cast(a, p), wide), cast(cast(b, q), wide)
            return Value(f"CAST({_guarded(y.sql, lambda v: f'({x.sql} % {v})')} AS {kind.duck})", kind)
        case _:
            kind = decimal(max(p.digits - p.scale, q.digits - q.scale) + scale + 1, scale)
            if kind.scale < scale:
                raise QueryError(_too_wide(sign, p, q))
            x, y = cast(cast(a, p), kind), cast(cast(b, q), kind)
            return Value(f"CAST(({x.sql} {sign} {y.sql}) AS {kind.duck})", kind)


def _product(a: Value, b: Value) -> Value:
    digits, scale = a.type.digits + b.type.digits + 1, a.type.scale + b.type.scale
    kind = decimal(digits, scale)
    if kind.scale < scale:
        raise QueryError(_too_wide("*", a.type, b.type))
    # DuckDB multiplies in the width of its operands: wide enough, it fails instead of cutting.
    left = Value(f"CAST({a.sql} AS DECIMAL({MOST_DIGITS - b.type.digits},{a.type.scale}))", a.type)
    left = left if MOST_DIGITS - b.type.digits >= a.type.digits else a
    return Value(f"CAST(({left.sql} * {b.sql}) AS {kind.duck})", kind)


def _too_wide(sign: str, p: Type, q: Type) -> str:
    return f"{p} {sign} {q} has more than 38 digits: cast the decimals to smaller ones, or run it in Spark."


def quotient_type(p: Type, q: Type) -> Type:
    """The decimal that Spark divides two decimals into."""
    scale = max(6, p.scale + q.digits + 1)
    return decimal(p.digits - p.scale + q.scale + scale, scale)


def _divide(a: Value, b: Value) -> Value:
    if "decimal" in (a.type.name, b.type.name) and not {a.type, b.type} & {DOUBLE, FLOAT}:
        p, q = _fixed(a), _fixed(b)
        x, y = cast(a, p), cast(b, q)
        kind = quotient_type(p, q)
        return Value(_guarded(y.sql, lambda v: divided(x.sql, v, p, q, kind)), kind)
    x, y = cast(a, DOUBLE), cast(b, DOUBLE)
    return Value(_guarded(y.sql, lambda v: f"({x.sql} / {v})"), DOUBLE)


def divided(x: str, y: str, p: Type, q: Type, kind: Type) -> str:
    """A quotient of decimals, half up at its scale, reckoned in whole numbers: DuckDB would give a double.

    DuckDB's HUGEINT holds 38 digits; what needs more is its error, never a wrong digit.
    """
    shift = kind.scale - p.scale + q.scale
    upper = f"({_unscaled(x, p)} * {10 ** max(shift, 0)}::HUGEINT)"
    lower = f"({_unscaled(y, q)} * {10 ** max(-shift, 0)}::HUGEINT)"
    return let(upper, lambda u: let(lower, lambda w: decimal_of(_half_up(u, w), kind)))


def _unscaled(sql: str, kind: Type) -> str:
    return (
        f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)"
        if kind.scale
        else f"CAST({sql} AS HUGEINT)"
    )


def _half_up(u: str, w: str) -> str:
    away = f"(CASE WHEN ({u} < 0) = ({w} < 0) THEN 1 ELSE -1 END)"
    return f"({u} // {w} + CASE WHEN abs({u} % {w}) >= abs({w}) - abs({u} % {w}) THEN {away} ELSE 0 END)"


def decimal_of(unscaled: str, kind: Type) -> str:
    """A decimal of its digits as one whole number."""
    if not kind.scale:
        return f"CAST({unscaled} AS {kind.duck})"

    def dotted(u: str) -> str:
        digits = f"CAST(abs({u}) AS VARCHAR)"
        width = f"CAST(greatest(length({digits}), {kind.scale + 1}) AS INTEGER)"
        padded = f"lpad({digits}, {width}, '0')"
        point = (
            f"substring({padded}, 1, length({padded}) - {kind.scale}) || '.' || right({padded}, {kind.scale})"
        )
        return f"CAST(CASE WHEN {u} < 0 THEN '-' ELSE '' END || {point} AS {kind.duck})"

    return f"list_transform([{unscaled}], lambda u: {dotted('u')})[1]"


def _whole_quotient(a: Value, b: Value) -> Value:
    if not (a.type.is_whole and b.type.is_whole):
        raise QueryError("div is answered for whole numbers here: write cast(a / b as bigint).")
    x, y = cast(a, BIGINT), cast(b, BIGINT)
    return Value(_guarded(y.sql, lambda v: f"({x.sql} // {v})"), BIGINT)


def _shift(sign: str, left: Value, right: Value) -> Value:
    """A day or an instant moved by a span of time, or by days."""
    if left.type.is_interval and right.type.is_interval and sign in "+-":
        return _spans(sign, left, right)
    if sign == "+" and not (left.type.name in _TIMES or left.type == STRING) and right.type.name in _TIMES:
        left, right = right, left
    moved = cast(left, TIMESTAMP) if left.type == STRING else left
    if moved.type.name not in _TIMES or sign not in "+-":
        raise QueryError(
            f"{left.type} {sign} {right.type} is not answered here: use datediff, date_add or timestampdiff."
        )
    if right.type.is_whole and moved.type == DATE:
        return Value(f"({moved.sql} {sign} CAST({right.sql} AS INTEGER))", DATE)
    if not right.type.is_interval:
        raise QueryError(
            "the time between two dates is an interval: use datediff or timestampdiff, which give numbers."
        )
    kind = moved.type
    if kind == DATE and right.type.name == "interval seconds":
        moved, kind = cast(moved, TIMESTAMP), TIMESTAMP
    return Value(f"CAST(({moved.sql} {sign} {right.sql}) AS {kind.duck})", kind)


def _spans(sign: str, left: Value, right: Value) -> Value:
    if (left.type == MONTHS) != (right.type == MONTHS):
        raise QueryError("months and days do not go together in one interval: add one after the other.")
    if left.type == right.type == SECONDS:
        raise QueryError("two intervals of hours and less are not added here: add one after the other.")
    kind = left.type if left.type == right.type else SECONDS
    return Value(f"({left.sql} {sign} {right.sql})", kind)


def join_text(values: list[Value]) -> Value:
    """Texts one after the other, NULL where one is."""
    return Value("(" + " || ".join(text_of(value).sql for value in values) + ")", STRING)


def both(sign: str, left: Value, right: Value) -> Value:
    """AND or OR."""
    return truth(f"({as_condition(left).sql} {sign} {as_condition(right).sql})")


def as_condition(value: Value) -> Value:
    """A value that can be true or false; raises QueryError for any other."""
    if value.type not in (BOOLEAN, STRING) and value.type.name != "void":
        raise QueryError(f"a condition is true or false: this is of type {value.type}.")
    return cast(value, BOOLEAN)


def chosen(pairs: list[tuple[Value, Value]], otherwise: Value | None) -> Value:
    """CASE: the first value whose condition is true."""
    results = [value for _, value in pairs] + ([otherwise] if otherwise else [])
    same = together(results, "results of CASE")
    whens = [(as_condition(when).sql, value.sql) for (when, _), value in zip(pairs, same, strict=False)]
    rest = same[-1].sql if otherwise else f"CAST(NULL AS {same[0].type.duck})"
    return Value(cased(*whens, otherwise=rest), same[0].type)
