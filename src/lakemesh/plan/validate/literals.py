"""Values that a spec compares with a column, against the column's type, as the checks read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as Number
from decimal import InvalidOperation
from typing import Any

from lakemesh.spec.types import DataType, Decimal, Primitive

NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double")
MOMENTS = ("date", "timestamp", "timestamp_ntz")


def is_number(kind: DataType) -> bool:
    """Whether a type is one of numbers."""
    return isinstance(kind, Decimal) or (isinstance(kind, Primitive) and kind.name in NUMBERS)


def why_unfit(value: Any, kind: DataType) -> str:
    """What keeps a value from being compared with a column of a type; nothing where nothing does."""
    if value is None:
        return ""
    if is_number(kind):
        return "" if _is_number(value) else "is no number"
    match kind:
        case Primitive("string"):
            return "" if isinstance(value, str) else "is no text (put it in quotes if it is meant as one)"
        case Primitive("boolean"):
            return "" if isinstance(value, bool) else "is neither true nor false"
        case Primitive("date"):
            return "" if _is_date(value) else "is no date such as 2026-01-31"
        case Primitive("timestamp" | "timestamp_ntz" as name):
            return _why_no_moment(value, zoned=name == "timestamp")
        case _:
            return "cannot be compared with it"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Number | str):
        return False
    try:
        Number(str(value))
    except InvalidOperation:
        return False
    return True


def _is_date(value: Any) -> bool:
    if isinstance(value, dt.date):
        return not isinstance(value, dt.datetime)
    try:
        return bool(dt.date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _why_no_moment(value: Any, *, zoned: bool) -> str:
    try:
        moment = value if isinstance(value, dt.date) else dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return f"is no timestamp such as 2026-01-31T12:00:00{'Z' if zoned else ''}"
    if not zoned and getattr(moment, "tzinfo", None) is not None:
        return "names a time zone, and the column knows none"
    return ""
