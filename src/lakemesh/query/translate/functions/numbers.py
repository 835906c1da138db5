"""Functions of numbers, and those that choose among values."""

from __future__ import annotations

from dataclasses import replace

from lakemesh.errors import QueryError
from lakemesh.query.translate.casts import cast, text_of, together
from lakemesh.query.translate.functions.signature import MANY, Function, plain
from lakemesh.query.translate.operators import as_condition, calculate, compare, negate
from lakemesh.query.translate.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    Type,
    decimal,
)
from lakemesh.query.translate.values import Value, cased, constant, let, whole_of

_EXACT = 1e19  # beyond, a double is a whole number


def round_half_up(value: Value, places: Value | None = None) -> Value:
    """A number rounded, halves away from zero, as its decimal text reads."""
    count = whole_of(places or constant(0), "the places of round()")
    kind = value.type
    if kind == STRING:
        return round_half_up(cast(value, DOUBLE), places)
    if kind.is_whole:
        return Value(f"CAST(round({value.sql}, {count}) AS {kind.duck})" if count < 0 else value.sql, kind)
    if kind.name == "decimal":
        return _round_decimal(value, count)

    def rounded(v: str) -> str:
        exact = f"CAST(round(CAST(CAST({v} AS VARCHAR) AS DECIMAL(38,18)), {count}) AS {kind.duck})"
        return f"CASE WHEN abs({v}) < {_EXACT} THEN {exact} ELSE {v} END"

    return Value(let(value.sql, rounded), kind)


def _round_decimal(value: Value, places: int) -> Value:
    whole = value.type.digits - value.type.scale + 1
    if places < 0:
        kind = decimal(max(whole, 1 - places), 0)
    else:
        scale = min(value.type.scale, places)
        kind = decimal(min(whole + scale, 38), scale)
    return Value(f"CAST(round({value.sql}, {places}) AS {kind.duck})", kind)


def _towards(function: str) -> Function:
    def rule(value: Value) -> Value:
        if value.type.is_whole:
            return cast(value, BIGINT)
        if value.type.name == "decimal":
            kind = decimal(value.type.digits - value.type.scale + 1, 0)
            kind = kind if value.type.scale else value.type
            return Value(f"CAST({function}({value.sql}) AS {kind.duck})", kind)
        return Value(f"CAST({function}({cast(value, DOUBLE).sql}) AS BIGINT)", BIGINT)

    return Function(1, 1, rule)


def _abs(value: Value) -> Value:
    number = value if value.type.is_number else cast(value, DOUBLE)
    return Value(f"abs({number.sql})", number.type)


def _above(template: str, edge: str) -> Function:
    """A function of a double, NULL unless the double is above an edge."""

    def rule(value: Value) -> Value:
        return Value(
            let(cast(value, DOUBLE).sql, lambda v: f"CASE WHEN {v} > {edge} THEN {template.format(v)} END"),
            DOUBLE,
        )

    return Function(1, 1, rule)


def _log(base: Value, value: Value | None = None) -> Value:
    if value is None:
        return Value(let(cast(base, DOUBLE).sql, lambda v: f"CASE WHEN {v} > 0 THEN ln({v}) END"), DOUBLE)
    b, v = cast(base, DOUBLE).sql, cast(value, DOUBLE).sql
    return Value(f"CASE WHEN {b} > 0 AND {v} > 0 THEN ln({v}) / ln({b}) END", DOUBLE)


def _pmod(left: Value, right: Value) -> Value:
    once = calculate("%", left, right)
    return Value(calculate("%", calculate("+", once, right).of(once.type), right).sql, once.type)


def _tried(sign: str) -> Function:
    def rule(left: Value, right: Value) -> Value:
        if sign == "/":
            return calculate("/", left, replace(right, sql=f"nullif({right.sql}, 0)"))
        tried = calculate(sign, left, right)
        if not tried.type.is_whole:
            raise QueryError(f"try_ with {sign} is answered for whole numbers here: run it in Spark.")
        wide = f"(CAST({left.sql} AS HUGEINT) {sign} CAST({right.sql} AS HUGEINT))"
        return Value(f"TRY_CAST({wide} AS {tried.type.duck})", tried.type)

    return Function(2, 2, rule)


def _coalesce(*values: Value) -> Value:
    same = together(list(values), "arguments")
    return Value(f"coalesce({', '.join(v.sql for v in same)})", same[0].type)


def _extreme(function: str) -> Function:
    def rule(*values: Value) -> Value:
        same = together(list(values), "arguments")
        return Value(f"{function}({', '.join(v.sql for v in same)})", same[0].type)

    return Function(2, MANY, rule)


def choose(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    """if(): one of two values."""
    yes, no = together([then, otherwise or Value("NULL", Type("void"))], "results of if()")
    return Value(cased((as_condition(condition).sql, yes.sql), otherwise=no.sql), yes.type)


def _nvl2(value: Value, there: Value, absent: Value) -> Value:
    return choose(Value(f"({value.sql} IS NOT NULL)", BOOLEAN), there, absent)


def _nullif(value: Value, other: Value) -> Value:
    return Value(f"CASE WHEN {compare('=', value, other).sql} THEN NULL ELSE {value.sql} END", value.type)


def _typeof(value: Value) -> Value:
    if value.type.is_interval:
        raise QueryError("typeof an interval is not answered here.")
    return constant(str(value.type))


def _to(kind: Type) -> Function:
    return Function(1, 1, lambda value: cast(value, kind))


def _format_number(value: Value, places: Value) -> Value:
    count = whole_of(places, "the places of format_number()")
    fixed = cast(value, decimal(38, count)) if value.type.name == "decimal" or value.type.is_whole else None
    if fixed is None:
        raise QueryError(
            "format_number() is answered for decimals and whole numbers here: cast the double first."
        )
    return Value(f"format('{{:,.{count}f}}', CAST({fixed.sql} AS DOUBLE))", STRING)


def _hex(value: Value) -> Value:
    if not value.type.is_whole:
        return Value(f"hex({value.sql if value.type == BINARY else text_of(value).sql})", STRING)
    wrapped = f"to_hex(CAST({value.sql} AS HUGEINT) + {2**64})"
    return Value(cased((f"{value.sql} < 0", wrapped), otherwise=f"to_hex({value.sql})"), STRING)


def _sign(value: Value) -> Value:
    return Value(f"CAST(sign({cast(value, DOUBLE).sql}) AS DOUBLE)", DOUBLE)


_D = DOUBLE
_COALESCE = Function(1, MANY, _coalesce)
_CEIL = _towards("ceil")
_POWER = plain("power({0}, {1})", [_D, _D], _D)
_TRIGONOMETRY = ("atan", "cos", "cosh", "sin", "sinh", "tan", "tanh")
FUNCTIONS = {
    **{word: plain(word + "({0})", [_D], _D) for word in _TRIGONOMETRY},
    "atan2": plain("atan2({0}, {1})", [_D, _D], _D),
    "abs": Function(1, 1, _abs),
    "bigint": _to(BIGINT),
    "boolean": _to(BOOLEAN),
    "cbrt": plain("cbrt({0})", [_D], _D),
    "ceil": _CEIL,
    "ceiling": _CEIL,
    "coalesce": _COALESCE,
    "date": _to(DATE),
    "decimal": _to(decimal(10, 0)),
    "degrees": plain("degrees({0})", [_D], _D),
    "double": _to(DOUBLE),
    "e": Function(0, 0, lambda: Value("exp(1::DOUBLE)", DOUBLE)),
    "equal_null": Function(2, 2, lambda a, b: compare("IS NOT DISTINCT FROM", a, b)),
    "exp": plain("exp({0})", [_D], _D),
    "float": _to(FLOAT),
    "floor": _towards("floor"),
    "format_number": Function(2, 2, _format_number),
    "greatest": _extreme("greatest"),
    "hex": Function(1, 1, _hex),
    "iff": Function(2, 3, choose),
    "ifnull": Function(2, 2, _coalesce),
    "int": _to(INT),
    "isnan": plain("coalesce(isnan({0}), false)", [_D], BOOLEAN),
    "isnotnull": plain("({0} IS NOT NULL)", [None], BOOLEAN),
    "isnull": plain("({0} IS NULL)", [None], BOOLEAN),
    "least": _extreme("least"),
    "ln": _above("ln({0})", "0"),
    "log": Function(1, 2, _log),
    "log10": _above("log10({0})", "0"),
    "log1p": _above("ln(1 + {0})", "-1"),
    "log2": _above("log2({0})", "0"),
    "mod": Function(2, 2, lambda a, b: calculate("%", a, b)),
    "nanvl": plain("CASE WHEN isnan({0}) THEN {1} ELSE {0} END", [_D, _D], _D),
    "negative": Function(1, 1, negate),
    "nullif": Function(2, 2, _nullif),
    "nullifzero": Function(1, 1, lambda v: _nullif(v, constant(0))),
    "nvl": Function(2, 2, _coalesce),
    "nvl2": Function(3, 3, _nvl2),
    "pi": Function(0, 0, lambda: Value("pi()", DOUBLE)),
    "pmod": Function(2, 2, _pmod),
    "pow": _POWER,
    "power": _POWER,
    "radians": plain("radians({0})", [_D], _D),
    "rand": Function(0, 0, lambda: Value("random()", DOUBLE)),
    "random": Function(0, 0, lambda: Value("random()", DOUBLE)),
    "round": Function(1, 2, round_half_up),
    "sign": Function(1, 1, _sign),
    "signum": Function(1, 1, _sign),
    "smallint": _to(SMALLINT),
    "sqrt": plain("CASE WHEN {0} < 0 THEN 'NaN'::DOUBLE ELSE sqrt({0}) END", [_D], _D),
    "string": _to(STRING),
    "timestamp": _to(TIMESTAMP),
    "tinyint": _to(TINYINT),
    "try_add": _tried("+"),
    "try_divide": _tried("/"),
    "try_multiply": _tried("*"),
    "try_subtract": _tried("-"),
    "typeof": Function(1, 1, _typeof),
    "uuid": Function(0, 0, lambda: Value("CAST(uuid() AS VARCHAR)", STRING)),
    "zeroifnull": Function(1, 1, lambda v: _coalesce(v, constant(0))),
}
