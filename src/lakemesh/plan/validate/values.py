"""Values of tests.yml against the types of their columns, as Spark's JSON parser would take them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as Number
from decimal import InvalidOperation
from typing import TYPE_CHECKING

from lakemesh.plan.validate.arguments import short
from lakemesh.spec.document import Numeral
from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.spec.document import Path

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_TEXTS = ("date", "timestamp_ntz", "binary")
# What Spark reads as a double though JSON has no number for it.
_ENDLESS = ("NaN", "Infinity", "+Infinity", "-Infinity", "INF", "+INF", "-INF")


def misfits(value: object, kind: DataType | None, at: Path) -> Iterator[tuple[Path, str]]:
    """The place of each value that its type cannot hold, and what is said of it."""
    match value, kind:
        case (None, _) | (_, None):
            return
        case dict(), Struct():
            for name, inner in value.items():
                yield from misfits(inner, kind.get(str(name)), (*at, name))
        case dict(), Map(_, held):
            for name, inner in value.items():
                yield from misfits(inner, held, (*at, name))
        case list(), Array(item):
            for index, inner in enumerate(value):
                yield from misfits(inner, item, (*at, index))
        case _, Struct() | Map() | Array():
            yield at, f"{_shown(value)} is no {short(kind)}"
        case _, Decimal():
            if not _is_number(value):
                yield at, f"{_shown(value)} is no {short(kind)}"
        case _, Primitive(name):
            if not _is_of(value, name):
                yield at, f"{_shown(value)} is no {name}"


def _is_of(value: object, name: str) -> bool:
    """Whether a value may be of a type without parts; the texts of moments are left to Spark."""
    plain = isinstance(value, str) and not isinstance(value, Numeral)
    number = isinstance(value, int) and not isinstance(value, bool)
    if name in _WHOLE:
        return number
    if name in ("float", "double"):
        return number or isinstance(value, float | Numeral) or value in _ENDLESS
    if name == "boolean":
        return isinstance(value, bool)
    if name == "timestamp":
        return number or plain
    return plain if name in _TEXTS else True


def _is_number(value: object) -> bool:
    """Whether a decimal can be made of a value: a number, or a text of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return Number(str(value)).is_finite()
    except InvalidOperation:
        return False


def _shown(value: object) -> str:
    match value:
        case bool():
            return f"'{value}'".lower()
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return f"'{value}'"
