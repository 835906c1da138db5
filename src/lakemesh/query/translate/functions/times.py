"""Functions of days and instants; instants are looked at in the session's time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.errors import QueryError, known_words
from lakemesh.query.translate.casts import cast, text_of
from lakemesh.query.translate.functions.signature import Function, plain
from lakemesh.query.translate.patterns import printed, read
from lakemesh.query.translate.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INT,
    NTZ,
    STRING,
    TIMESTAMP,
    Type,
    decimal,
)
from lakemesh.query.translate.values import Value, cased, constant, fail, let, literal_of

if TYPE_CHECKING:
    from collections.abc import Callable

_ISO = "yyyy-MM-dd HH:mm:ss"
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")
_CUTS = {
    "year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month", "mon": "month",
    "mm": "month", "week": "week",
}  # fmt: skip
_FINE_CUTS = {**_CUTS, "day": "day", "dd": "day", **{u: u for u in UNITS[5:]}}
_WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_FEW = 2
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def moment(value: Value) -> Value:
    """A day or an instant: text is read as an instant."""
    if value.type in (DATE, TIMESTAMP, NTZ):
        return value
    return cast(value, TIMESTAMP)


def unit_of(value: Value) -> str:
    """A unit of time, in the singular; raises QueryError for a word that is none."""
    word = str(literal_of(value, "a unit of time")).lower()
    word = {"weeks": "week", "dayofyear": "day"}.get(word, word.removesuffix("s"))
    if word not in UNITS:
        raise QueryError(f"'{word}' is no unit of time.{known_words(UNITS)}")
    return word


def _add_days(sign: str) -> Function:
    def rule(*values: Value) -> Value:
        if len(values) > _FEW:
            return add_units(*values)
        day, count = cast(values[0], DATE), cast(values[1], INT)
        return Value(f"({day.sql} {sign} {count.sql})", DATE)

    return Function(2, 3, rule)


def add_units(unit: Value, count: Value, value: Value) -> Value:
    """timestampadd: an instant moved by a number of units."""
    word, at = unit_of(unit), cast(value, TIMESTAMP)
    return Value(f"({at.sql} + INTERVAL 1 {word} * {cast(count, INT).sql})", TIMESTAMP)


def whole_units(unit: Value, start: Value, end: Value) -> Value:
    """timestampdiff: the whole units between two instants."""
    # On the clock of the session's zone: a day without an hour has 24 of them.
    a, b = (f"CAST({cast(v, TIMESTAMP).sql} AS TIMESTAMP)" for v in (start, end))
    word = unit_of(unit)
    if word in _MONTHS_OF:
        months = let(a, lambda x: let(b, lambda y: _whole_months(x, y)))
        return Value(f"({months} // {_MONTHS_OF[word]})", BIGINT)
    return Value(f"date_sub('{word}', {a}, {b})", BIGINT)


def _whole_months(x: str, y: str) -> str:
    """The months from one moment to another, the last one whole by day and time of day: java.time's rule."""
    apart = f"((year({y}) - year({x})) * 12 + month({y}) - month({x}))"
    early, late = (f"({v} - date_trunc('month', {v}))" for v in (x, y))
    short = cased(
        (f"{y} > {x} AND {late} < {early}", "1"), (f"{y} < {x} AND {late} > {early}", "-1"), otherwise="0"
    )
    return f"({apart} - {short})"


def _datediff(*values: Value) -> Value:
    if len(values) > _FEW:
        return whole_units(*values)
    end, start = (cast(value, DATE) for value in values)
    return Value(f"CAST(({end.sql} - {start.sql}) AS INTEGER)", INT)


def _months_between(end: Value, start: Value) -> Value:
    a, b = cast(end, TIMESTAMP).sql, cast(start, TIMESTAMP).sql
    return Value(let(a, lambda x: let(b, lambda y: _months(x, y))), DOUBLE)


def _months(x: str, y: str) -> str:
    whole = f"((year({x}) - year({y})) * 12 + month({x}) - month({y}))"
    last = " AND ".join(f"day({v}) = day(last_day(CAST({v} AS DATE)))" for v in (x, y))
    part = f"round({whole} + ({_seconds_of_day(x)} - {_seconds_of_day(y)}) / 2678400.0::DOUBLE, 8)"
    return f"CASE WHEN day({x}) = day({y}) OR ({last}) THEN {whole}::DOUBLE ELSE {part} END"


def _seconds_of_day(v: str) -> str:
    return f"(day({v}) * 86400 + hour({v}) * 3600 + minute({v}) * 60 + second({v}))"


def _trunc(value: Value, unit: Value) -> Value:
    word = str(literal_of(unit, "the unit of trunc()")).lower()
    if word not in _CUTS:
        return Value("CAST(NULL AS DATE)", DATE)
    return Value(f"CAST(date_trunc('{_CUTS[word]}', {cast(value, DATE).sql}) AS DATE)", DATE)


def _date_trunc(unit: Value, value: Value) -> Value:
    word = str(literal_of(unit, "the unit of date_trunc()")).lower()
    if word not in _FINE_CUTS:
        return Value("CAST(NULL AS TIMESTAMP WITH TIME ZONE)", TIMESTAMP)
    return Value(f"date_trunc('{_FINE_CUTS[word]}', {cast(value, TIMESTAMP).sql})", TIMESTAMP)


def _part(template: str, gives: Type = INT) -> Function:
    def rule(value: Value) -> Value:
        return Value(f"CAST({template.format(moment(value).sql)} AS {gives.duck})", gives)

    return Function(1, 1, rule)


def part_of(field: str, value: Value) -> Value:
    """extract(): a field of a day or an instant; raises QueryError for a field that is none."""
    word = field.lower()
    if word in ("second", "s", "sec", "seconds", "secs"):
        kind = decimal(8, 6)
        at = cast(value, TIMESTAMP).sql
        return Value(f"CAST(strftime({at}, '%S.%f') AS {kind.duck})", kind)
    found = _ONLY_PARTS.get(word) or FUNCTIONS.get(_FIELDS.get(word, ""))
    if found is None:
        raise QueryError(f"extract() knows no field '{field}'.{known_words(_FIELDS)}")
    return found.rule(value)


_FIELDS = {
    **{name: "year" for name in ("year", "y", "years", "yr", "yrs")},
    **{name: "quarter" for name in ("quarter", "qtr")},
    **{name: "month" for name in ("month", "mon", "mons", "months")},
    **{name: "weekofyear" for name in ("week", "w", "weeks")},
    **{name: "day" for name in ("day", "d", "days")},
    **{name: "dayofweek" for name in ("dayofweek", "dow")},
    "doy": "dayofyear",
    **{name: "hour" for name in ("hour", "h", "hours", "hr", "hrs")},
    **{name: "minute" for name in ("minute", "m", "min", "mins", "minutes")},
}  # fmt: skip


def _date_format(value: Value, pattern: Value) -> Value:
    said = str(literal_of(pattern, "a date pattern"))
    return Value(let(moment(value).sql, lambda at: printed(at, said)), STRING)


def _parse(kind: Type, tried: bool) -> Callable[..., Value]:
    def rule(value: Value, pattern: Value | None = None) -> Value:
        if pattern is None or value.type != STRING:
            return cast(value, kind, tried)
        said = str(literal_of(pattern, "a date pattern"))
        shape, words = read(said)

        def parsed(v: str) -> str:
            bad = (
                "NULL"
                if tried
                else fail(f"'{{}}' does not follow the pattern {said}: use try_to_timestamp for NULL", v)
            )
            fits = f"coalesce(CAST(try_strptime({v}, '{words}') AS {kind.duck}), {bad})"
            return cased(
                (f"{v} IS NULL", f"CAST(NULL AS {kind.duck})"),
                (f"regexp_matches({v}, '{shape}')", fits),
                otherwise=bad,
            )

        return Value(let(value.sql, parsed), kind)

    return rule


def _unix(value: Value | None = None, pattern: Value | None = None) -> Value:
    if value is None:
        return cast(_NOW, BIGINT)
    if value.type == STRING:
        value = _parse(TIMESTAMP, tried=False)(value, pattern or constant(_ISO))
    return cast(cast(value, TIMESTAMP), BIGINT)


def _from_unix(seconds: Value, pattern: Value | None = None) -> Value:
    at = cast(cast(seconds, BIGINT), TIMESTAMP)
    return _date_format(at, pattern or constant(_ISO))


def _next_day(value: Value, weekday: Value) -> Value:
    word = str(literal_of(weekday, "the day of next_day()")).lower()
    if word[:2] not in _WEEKDAYS:
        raise QueryError(f"'{word}' is no day of the week.")
    target = _WEEKDAYS.index(word[:2]) + 1
    day = cast(value, DATE).sql
    return Value(let(day, lambda d: f"({d} + CAST(({target} - isodow({d}) + 6) % 7 + 1 AS INTEGER))"), DATE)


def _in_zone(template: str) -> Function:
    return Function(
        2, 2, lambda v, z: Value(template.format(cast(v, TIMESTAMP).sql, text_of(z).sql), TIMESTAMP)
    )


def _epoch(divisor: int) -> Function:
    return _part(f"floor(epoch_us({{0}}) / {divisor})" if divisor > 1 else "epoch_us({0})", BIGINT)


_ONLY_PARTS = {
    "dayofweek_iso": _part("isodow({0})"),
    "dow_iso": _part("isodow({0})"),
    "yearofweek": _part("isoyear({0})"),
}
_NOW = Value("now()", TIMESTAMP)
_TODAY = Value("CAST(now() AS DATE)", DATE)
_DAY = _part("day({0})")
_DATEDIFF = Function(2, 3, _datediff)
_DATEADD = _add_days("+")
FUNCTIONS: dict[str, Function] = {
    "date_part": Function(
        2, 2, lambda field, v: part_of(str(literal_of(field, "the field of date_part()")), v)
    ),
    "datepart": Function(
        2, 2, lambda field, v: part_of(str(literal_of(field, "the field of datepart()")), v)
    ),
    "add_months": plain("CAST(({0} + INTERVAL 1 month * {1}) AS DATE)", [DATE, INT], DATE),
    "curdate": Function(0, 0, lambda: _TODAY),
    "current_date": Function(0, 0, lambda: _TODAY),
    "current_timestamp": Function(0, 0, lambda: _NOW),
    "date_add": _DATEADD,
    "date_diff": _DATEDIFF,
    "date_format": Function(2, 2, _date_format),
    "date_from_unix_date": plain("(DATE '1970-01-01' + {0})", [INT], DATE),
    "date_sub": _add_days("-"),
    "date_trunc": Function(2, 2, _date_trunc),
    "dateadd": _DATEADD,
    "datediff": _DATEDIFF,
    "day": _DAY,
    "dayofmonth": _DAY,
    "dayname": plain("strftime({0}, '%a')", [DATE], STRING),
    "dayofweek": _part("(dayofweek({0}) + 1)"),
    "dayofyear": _part("dayofyear({0})"),
    "from_unixtime": Function(1, 2, _from_unix),
    "from_utc_timestamp": _in_zone("timezone('UTC', timezone({1}, {0}))"),
    "hour": plain("CAST(hour({0}) AS INTEGER)", [TIMESTAMP], INT),
    "last_day": plain("last_day({0})", [DATE], DATE),
    "make_date": plain("make_date(CAST({0} AS BIGINT), {1}, {2})", [INT, INT, INT], DATE),
    "make_timestamp": plain(
        "make_timestamptz(CAST({0} AS BIGINT), {1}, {2}, {3}, {4}, {5})",
        [INT, INT, INT, INT, INT, DOUBLE],
        TIMESTAMP,
    ),
    "minute": plain("CAST(minute({0}) AS INTEGER)", [TIMESTAMP], INT),
    "month": _part("month({0})"),
    "monthname": plain("strftime({0}, '%b')", [DATE], STRING),
    "months_between": Function(2, 2, _months_between),
    "next_day": Function(2, 2, _next_day),
    "now": Function(0, 0, lambda: _NOW),
    "quarter": _part("quarter({0})"),
    "second": plain("CAST(second({0}) AS INTEGER)", [TIMESTAMP], INT),
    "timestamp_micros": plain("make_timestamptz({0})", [BIGINT], TIMESTAMP),
    "timestamp_millis": plain("make_timestamptz({0} * 1000)", [BIGINT], TIMESTAMP),
    "timestamp_seconds": plain("make_timestamptz({0} * 1000000)", [BIGINT], TIMESTAMP),
    "timestampadd": Function(3, 3, add_units),
    "timestampdiff": Function(3, 3, whole_units),
    "to_date": Function(1, 2, _parse(DATE, tried=False)),
    "to_timestamp": Function(1, 2, _parse(TIMESTAMP, tried=False)),
    "to_unix_timestamp": Function(1, 2, _unix),
    "to_utc_timestamp": _in_zone("timezone({1}, timezone('UTC', {0}))"),
    "trunc": Function(2, 2, _trunc),
    "try_to_timestamp": Function(1, 2, _parse(TIMESTAMP, tried=True)),
    "unix_date": plain("CAST(({0} - DATE '1970-01-01') AS INTEGER)", [DATE], INT),
    "unix_micros": _epoch(1),
    "unix_millis": _epoch(1000),
    "unix_seconds": _epoch(1000000),
    "unix_timestamp": Function(0, 2, _unix),
    "weekday": _part("(isodow({0}) - 1)"),
    "weekofyear": _part("weekofyear({0})"),
    "year": _part("year({0})"),
}
