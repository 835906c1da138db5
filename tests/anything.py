"""Random types and JSON records, and a plain Python model of what rule 13 makes of each record."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings

SCALARS = (
    *("bigint", "int", "tinyint", "string", "boolean"),
    *("date", "timestamp", "decimal(12,2)", "double"),
)
WHOLE = {"bigint": 63, "int": 31, "tinyint": 7}
TEXTS = (
    "",
    "x",
    "Ünï",
    "naïve \U0001f600",
    'a "quoted" \\ word',
    "tab\tand\nline",
    "null",
    "ﬁ",
    "'; drop --",
)
UNKNOWN = "nobody declared"
DAY = dt.date(2026, 1, 1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
MORE = int(os.environ.get("LAKEMESH_EXAMPLES", "0"))

Kind = str | list["Kind"] | dict[str, "Kind"] | tuple["Kind"]
"""A type: a scalar's name, an array as a list of one, a struct as a dict, a map as a tuple of one."""
Row = dict[str, Any]


def examples(most: int = 10_000) -> settings:
    """The examples that a test names, and as many new ones as `make properties` asks for."""
    return settings(
        max_examples=min(MORE, most) or 1,
        deadline=None,
        database=None,
        phases=[Phase.explicit, *([Phase.generate] if MORE else [])],
        suppress_health_check=[HealthCheck.too_slow],
    )


class Number(str):
    """A number as a record says it."""


# What stands where another type was declared; it may be right all the same.
DIRT: tuple[Any, ...] = (
    *("of no such type", "", "2026-02-30", "2026-01-05T01:00:00+02:00", "2026-01-07", True),
    *map(
        Number, ("7", "-1.50", "1e400", "1.255", "200", "-40000", "1767268800000", "12345678901234567890123")
    ),
    *({"x": [Number("1"), None]}, {}, {"id": Number("1.10")}, [], [Number("1.10"), "y"], {"f0": "of no"}),
)


class Misfit(Exception):
    """A value does not fit its type, and takes with it all up to the nearest field of an object."""


def some_kind(random: Random, depth: int = 2) -> Kind:
    shape = random.random()
    if depth and shape < 0.2:
        return [some_kind(random, depth - 1)]
    if depth and shape < 0.4:
        return {name: some_kind(random, depth - 1) for name in "ab"[: random.randint(1, 2)]}
    if depth and shape < 0.5:
        return (some_kind(random, depth - 1),)
    return random.choice(SCALARS)


def ddl(kind: Kind) -> str:
    match kind:
        case list():
            return f"array<{ddl(kind[0])}>"
        case tuple():
            return f"map<string,{ddl(kind[0])}>"
        case dict():
            return f"struct<{','.join(f'{name}:{ddl(inner)}' for name, inner in kind.items())}>"
        case _:
            return kind


def some_value(random: Random, kind: Kind, dirt: float) -> Any:
    """A value as a record says it, of another type here and there."""
    chance = random.random()
    if chance < 0.12:
        return None
    if chance < 0.12 + dirt:
        return random.choice(DIRT)
    match kind:
        case list():
            return [some_value(random, kind[0], dirt / 2) for _ in range(random.randint(0, 3))]
        case tuple():
            keys = random.sample(("k", "a", "id", "f0", "n"), random.randint(0, 3))
            return {key: some_value(random, kind[0], dirt / 2) for key in keys}
        case dict():
            names = [*kind, *([UNKNOWN] if random.random() < dirt else [])]
            said = {name: some_value(random, kind.get(name, "bigint"), dirt) for name in names}
            return {name: value for name, value in said.items() if value is not None or random.random() < 0.5}
        case _:
            return some_scalar(random, kind)


def some_scalar(random: Random, kind: str) -> Any:
    number = random.randint(-3, 9)
    match kind:
        case "boolean":
            return number > 2
        case "date":
            return (DAY + dt.timedelta(days=number)).isoformat()
        case "timestamp":
            return (NOON + dt.timedelta(milliseconds=number * 250)).isoformat()
        case "decimal(12,2)":
            return Number(number * 1.25)
        case "double":
            return Number(number / 4)
        case "string":
            return random.choice(TEXTS)
        case _:
            return Number(number)


def told(value: Any, ascii_only: bool = False, blank: str = "") -> str:
    """The JSON text of a value; `blank` stands behind each colon and comma."""
    match value:
        case Number():
            return str(value)
        case list():
            return f"[{f',{blank}'.join(told(one, ascii_only, blank) for one in value)}]"
        case dict():
            parts = (
                f"{told(name, ascii_only)}:{blank}{told(one, ascii_only, blank)}"
                for name, one in value.items()
            )
            return f"{{{f',{blank}'.join(parts)}}}"
        case _:
            return json.dumps(value, ensure_ascii=ascii_only)


def raw(value: Any) -> str | None:
    """The text by which a value is rescued."""
    return None if value is None else str(value) if isinstance(value, str) else told(value)


@dataclass(frozen=True)
class Reading:
    """What a record is read as: its columns, and by place what did not fit and what nobody declared."""

    row: Row
    misfits: dict[str, str | None]
    unknown: dict[str, str | None]


def read_as(fields: dict[str, Kind], record: Row) -> Reading:
    """The model of reading."""
    misfits: dict[str, str | None] = {}
    row = {name: _field(kind, record.get(name), name, misfits) for name, kind in fields.items()}
    return Reading(row, misfits, dict(_unknown(fields, record, "")))


def _field(kind: Kind, said: Any, path: str, misfits: dict[str, str | None]) -> Any:
    within: dict[str, str | None] = {}
    try:
        value = _held(kind, said, path, within)
    except Misfit:
        misfits[path] = raw(said)
        return None
    misfits.update(within)
    return value


def _held(kind: Kind, said: Any, path: str, misfits: dict[str, str | None]) -> Any:
    if said is None:
        return None
    match kind:
        case list() if isinstance(said, list):
            return [_held(kind[0], one, f"{path}[{at}]", misfits) for at, one in enumerate(said)]
        case tuple() if isinstance(said, dict):
            return [(key, _held(kind[0], one, f"{path}.{key}", misfits)) for key, one in said.items()]
        case dict() if isinstance(said, dict):
            return {
                name: _field(inner, said.get(name), f"{path}.{name}", misfits) for name, inner in kind.items()
            }
        case str():
            value, fits = scalar(kind, said)
            if not fits:
                misfits[path] = raw(said)
            return value
        case _:
            raise Misfit


def scalar(kind: str, said: Any) -> tuple[Any, bool]:
    """The value, and whether it fits: one that Spark would round or wrap does not, and is NULL by itself."""
    match kind, said:
        case "string", _:
            return raw(said), True
        case "boolean", bool():
            return said, True
        case (("bigint" | "int" | "tinyint"), Number()):
            return _whole(kind, said)
        case "double", Number():
            value = float(said)
            return (None, False) if abs(value) == float("inf") else (value, True)
        case "decimal(12,2)", str():
            return _decimal(said)
        case (("date" | "timestamp"), str()):
            return _moment(kind, said)
        case _:
            raise Misfit


def _whole(kind: str, said: str) -> tuple[int | None, bool]:
    read_as = "smallint" if kind == "tinyint" else kind
    if not re.fullmatch(r"-?\d+", said) or not _within(int(said), {**WHOLE, "smallint": 15}[read_as]):
        raise Misfit
    fits = _within(int(said), WHOLE[kind])
    return (int(said), True) if fits else (None, False)


def _within(value: int, bits: int) -> bool:
    return -(2**bits) <= value < 2**bits


def _decimal(said: str) -> tuple[Decimal | None, bool]:
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", said) or abs(Decimal(said)) >= 10**10:
        raise Misfit
    value = Decimal(said).quantize(Decimal("0.01"))
    return (value, True) if value == Decimal(said) else (None, False)


def _moment(kind: str, said: str) -> tuple[Any, bool]:
    if isinstance(said, Number):
        if kind == "date" or not re.fullmatch(r"-?\d+", said) or not _within(int(said), 63):
            raise Misfit
        seconds = int(said)
        fits = -62_135_596_800 <= seconds <= 253_402_300_799
        return (EPOCH + dt.timedelta(seconds=seconds), True) if fits else (None, False)
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        raise Misfit from None
    if kind == "date":
        return moment.date(), True
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC), True


def _unknown(kind: Kind, said: Any, path: str) -> Iterator[tuple[str, str | None]]:
    match kind:
        case dict() if isinstance(said, dict):
            strange = [name for name in said if name not in kind]
            yield from ((f"{path}{name}", raw(said[name])) for name in strange)
            for name, inner in kind.items():
                yield from _unknown_within(inner, said.get(name), f"{path}{name}")
        case _:
            return


def _unknown_within(kind: Kind, said: Any, path: str) -> Iterator[tuple[str, str | None]]:
    match kind:
        case dict():
            yield from _unknown(kind, said, f"{path}.")
        case list() if isinstance(said, list):
            for at, one in enumerate(said):
                yield from _unknown_within(kind[0], one, f"{path}[{at}]")
        case tuple() if isinstance(said, dict):
            for key, one in said.items():
                yield from _unknown_within(kind[0], one, f"{path}.{key}")
        case _:
            return


def ordered(kind: Kind, value: Any) -> Any:
    """The value as a table holds it: the entries of each map by their keys."""
    if value is None:
        return None
    match kind:
        case list():
            return [ordered(kind[0], one) for one in value]
        case tuple():
            return [(key, ordered(kind[0], one)) for key, one in sorted(value, key=lambda entry: entry[0])]
        case dict():
            return {name: ordered(inner, value[name]) for name, inner in kind.items()}
        case _:
            return value


def as_text(kind: Kind, value: Any) -> str:
    """What a value's JSON is, by which rows of one sequence are told apart."""
    if value is None:
        return "null"
    match kind:
        case list():
            return f"[{','.join(as_text(kind[0], one) for one in value)}]"
        case tuple():
            return "{" + ",".join(f'"{key}":{as_text(kind[0], one)}' for key, one in value) + "}"
        case dict():
            parts = (f'"{name}":{as_text(inner, value[name])}' for name, inner in kind.items())
            return f"{{{','.join(parts)}}}"
        case "timestamp":
            return f'"{value:%Y-%m-%d %H:%M:%S.%f}Z"'
        case "date":
            return f'"{value}"'
        case "decimal(12,2)":
            return str(value)
        case "double":
            return _as_java(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _as_java(value: float) -> str:
    """A double as Java writes it."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, _, exponent = f"{Decimal(repr(value)):e}".partition("e")
    short = str(Decimal(digits).normalize())
    return f"{short if '.' in short else f'{short}.0'}E{int(exponent)}"


def as_values(rescued: dict[str, str | None]) -> Row:
    """The places with their texts read, where they are JSON: escapes may be written in several ways."""
    return {path: text if text is None else _value(text) for path, text in rescued.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        return text
