"""A value under another type, as Spark casts it with ANSI on: bad text is an error, or NULL where tried."""

from __future__ import annotations

from lakemesh.errors import QueryError
from lakemesh.query.translate.types import (
    BIGINT,
    DOUBLE,
    INT,
    STRING,
    Type,
    array,
    common,
)
from lakemesh.query.translate.values import Value, call, cased, fail, let

_WHOLE = r"^\s*[+-]?[0-9]+\s*$"
_NUMBER = r"(?i)^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*$"
_ODD = r"(?i)^\s*([+-]?(inf|infinity)|nan)\s*$"
_DAY = r"^\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T].*)?\s*$"
_YEAR = r"^\s*[0-9]{4}(-[0-9]{1,2})?\s*$"
_ZONE = r" ?(Z|UTC|[+-][0-9]{2}:[0-9]{2}|[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+)"
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_MOMENT = rf"^\s*{_DATE}([ T]({_TIME}({_ZONE})?)?)?\s*$"
_NAIVE = rf"^\s*{_DATE}([ T]({_TIME})?)?\s*$"
_YES, _NO = "('t', 'true', 'y', 'yes', '1')", "('f', 'false', 'n', 'no', '0')"
_TRIED = ": use try_cast for NULL"


def cast(value: Value, kind: Type, tried: bool = False) -> Value:
    """The value under a type; `tried`: NULL where it does not fit, which is an error else.

    Raises QueryError where Spark has no such cast, or it cannot be given exactly here.
    """
    if value.type == kind:
        return value
    if value.type.name == "void":
        return Value(f"CAST(NULL AS {kind.duck})", kind)
    if value.literal is not None and not tried:
        known = _literal(value, kind)
        if known is not None:
            return known
    return Value(_cast(value, kind, tried), kind)


def _literal(value: Value, kind: Type) -> Value | None:
    """A whole number that is a literal of a wider type already."""
    if value.type == INT and kind in (BIGINT, DOUBLE):
        return Value(f"CAST({value.sql} AS {kind.duck})", kind, value.literal)
    return None


def _cast(value: Value, kind: Type, tried: bool) -> str:
    source = value.type
    plain = f"{'TRY_' if tried else ''}CAST({value.sql} AS {kind.duck})"
    if source.inner or kind.inner:
        return _nested(value, kind, tried)
    match source.name, kind.name:
        case "string", _:
            return let(value.sql, lambda v: _from_text(v, kind, tried))
        case _, "string":
            return as_text(value)
        case (("double" | "float" | "decimal"), ("tinyint" | "smallint" | "int" | "bigint")):
            return f"{'TRY_' if tried else ''}CAST(trunc({value.sql}) AS {kind.duck})"
        case (("double" | "float"), "decimal"):
            return f"{'TRY_' if tried else ''}CAST(CAST({value.sql} AS VARCHAR) AS {kind.duck})"
        case _, "boolean" if source.is_number:
            return f"({value.sql} <> 0)"
        case (("timestamp" | "date" | "timestamp_ntz"), ("timestamp" | "date" | "timestamp_ntz")):
            return plain
        case "timestamp", ("bigint" | "double"):
            return _seconds(value.sql, kind)
        case (("tinyint" | "smallint" | "int" | "bigint"), "timestamp"):
            return f"make_timestamptz(CAST({value.sql} AS BIGINT) * 1000000)"
        case "boolean", "decimal":
            return f"CAST(CAST({value.sql} AS INTEGER) AS {kind.duck})"
        case _ if (source.is_number or source.name == "boolean") and kind.is_number:
            return plain
        case _:
            raise QueryError(f"{source} cannot be cast to {kind} here.")


def _nested(value: Value, kind: Type, tried: bool) -> str:
    if value.type.name == kind.name == "array":
        item = cast(Value("item", value.type.inner[0]), kind.inner[0], tried)
        return f"list_transform({value.sql}, lambda item: {item.sql})"
    # Values that a plain cast of DuckDB keeps as they are.
    if common(value.type, kind) is not None and "string" not in (value.type.name, kind.name):
        return f"CAST({value.sql} AS {kind.duck})"
    raise QueryError(f"{value.type} cannot be cast to {kind} here: use to_json, or read its parts.")


def _seconds(sql: str, kind: Type) -> str:
    if kind == DOUBLE:
        return f"(CAST(epoch_us({sql}) AS DOUBLE) / 1000000)"
    return f"CAST(floor(epoch_us({sql}) / 1000000) AS BIGINT)"


def _from_text(v: str, kind: Type, tried: bool) -> str:
    bad = "NULL" if tried else fail(f"cannot cast '{{}}' to {kind}{_TRIED}", v)
    fits = f"TRY_CAST({v} AS {kind.duck})"
    # A text of the right shape can still be too large, or no day of the calendar.
    fits = fits if tried else let(fits, lambda f: f"coalesce({f}, {bad})")
    nothing = (f"{v} IS NULL", f"CAST(NULL AS {kind.duck})")
    match kind.name:
        case "boolean":
            word = f"lower(trim({v}))"
            return cased(nothing, (f"{word} IN {_YES}", "true"), (f"{word} IN {_NO}", "false"), otherwise=bad)
        case "tinyint" | "smallint" | "int" | "bigint":
            return cased(nothing, (_like(v, _WHOLE), fits), otherwise=bad)
        case "double" | "float":
            return cased(nothing, (f"{_like(v, _NUMBER)} OR {_like(v, _ODD)}", fits), otherwise=bad)
        case "decimal":
            return cased(nothing, (_like(v, _NUMBER), fits), otherwise=bad)
        case "date":
            return _date_of_text(v, bad)
        case "timestamp" | "timestamp_ntz":
            shape = _MOMENT if kind.name == "timestamp" else _NAIVE
            return cased(nothing, (_like(v, shape), fits), otherwise=bad)
        case "binary":
            return f"encode({v})"
        case _:
            raise QueryError(f"string cannot be cast to {kind} here.")


def _date_of_text(v: str, bad: str) -> str:
    day = f"regexp_extract({v}, '^\\s*([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})', 1)"
    year = f"trim({v}) || CASE WHEN length(trim({v})) = 4 THEN '-1-1' ELSE '-1' END"
    return cased(
        (f"{v} IS NULL", "CAST(NULL AS DATE)"),
        (_like(v, _DAY), f"coalesce(TRY_CAST({day} AS DATE), {bad})"),
        (_like(v, _YEAR), f"coalesce(TRY_CAST({year} AS DATE), {bad})"),
        otherwise=bad,
    )


def _like(v: str, shape: str) -> str:
    return f"regexp_matches({v}, '{shape}')"


def as_text(value: Value) -> str:
    """A value as Spark prints it in a string; raises QueryError for types that it prints in its own way."""
    sql = value.sql
    match value.type.name:
        case "string":
            return sql
        case "timestamp":
            return f"CAST(CAST({sql} AS TIMESTAMP) AS VARCHAR)"
        case "double" | "float":
            return let(sql, _number_text)
        case "binary":
            return call("decode", sql)
        case _ if value.type.inner or value.type.is_interval:
            raise QueryError(f"{value.type} as text is not given as Spark writes it: use to_json.")
        case _:
            return f"CAST({sql} AS VARCHAR)"


def _number_text(v: str) -> str:
    """A double as Java prints it, where DuckDB prints the same."""
    plain = f"{v} = 0 OR abs({v}) BETWEEN 0.001 AND 9999999.999999"
    return cased(
        (f"{v} IS NULL", "NULL"),
        (f"isnan({v})", "'NaN'"),
        (f"isinf({v})", f"CASE WHEN {v} > 0 THEN 'Infinity' ELSE '-Infinity' END"),
        (plain, f"CAST({v} AS VARCHAR)"),
        otherwise=fail("a double such as {} has another text in Spark: cast it to a decimal first", v),
    )


def text_of(value: Value) -> Value:
    """The value as a string."""
    return cast(value, STRING)


def together(values: list[Value], what: str) -> list[Value]:
    """Values under the one type that holds them all; raises QueryError where there is none."""
    kind = values[0].type
    for value in values[1:]:
        wider = common(kind, value.type)
        if wider is None:
            raise QueryError(f"{what} of {kind} and {value.type} do not go together: cast one of them.")
        kind = wider
    return [cast(value, kind) for value in values]


def array_of(values: list[Value]) -> Value:
    """An array of values brought to one type."""
    items = together(values, "items")
    return Value(f"[{', '.join(item.sql for item in items)}]", array(items[0].type))
