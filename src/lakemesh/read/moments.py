"""Values that nobody meant: Spark reads a number as seconds, and milliseconds so are the year 57972.

A moment outside the years 0001 to 9999 is taken for none. Microseconds are too many for Spark's own 64 bits
and come out as any moment at all. Seconds are a multiple of a million; what ran over is one of 64 (as a
million is) and hardly ever one of a million. So only such a moment is doubted, and the text looked at only
where its record has a number of that length.

A time of day alone gets the day on which it is parsed, a date is read up to its first blank or T whatever
follows, and in a decimal every comma is passed over: `12,34` becomes 1234. None of these is a value.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.misfits import elements_of, object_of
from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct, holds

if TYPE_CHECKING:
    from pyspark.sql import Column

_MOMENTS = ("timestamp", "timestamp_ntz", "date")
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
_SECOND = 1_000_000
_SHARED = 64
# 64 bits of microseconds are 9,223,372,036,854 seconds.
_TOO_LONG = "[0-9]{13}"
# A time of day that no date precedes: in a record's text, and as the text of a field.
_TIME_IN_TEXT, _TIME = r'"\s*T?[0-9]{1,2}:[0-9]', r"^\s*T?[0-9]{1,2}:[0-9]"
_DATE = r"^\s*[-+]?[0-9]{4,7}(?:-[0-9]{1,2}){0,2}\s*$"
# What may be a number with a comma; an escape may be one.
_COMMA_IN_TEXT = r'[:\[,]\s*"[-+.eE0-9]*[,\\]'
_DAY = 86_400
_DAYS = 3 * _DAY


def doubtful(value: Column, text: Column, kind: DataType, formatted: bool = False) -> Column | None:
    """Whether a record may have a value that nobody meant; None where its type has none of these.

    `formatted` says that its timestamps are of a format of their own.
    """
    if not _is_loose(kind):
        return None
    # The text is looked at in one place: Spark would do what stands in two for every record.
    found = _any(value, kind, _is_outside) | (_any(value, kind, _may_run_over) & text.rlike(_TOO_LONG))
    found = found | _any(value, kind, lambda one, name, key: _may_go_on(one, name, key, text))
    if not formatted:
        found = found | (_any(value, kind, _is_of_today) & text.rlike(_TIME_IN_TEXT))
    return found | text.rlike(_COMMA_IN_TEXT) if _has_decimals(kind) else found


def _any(value: Column, kind: DataType, test: Callable[[Column, str, str], Column], key: str = "") -> Column:
    """Whether a test of a moment, its type's name and that of its field holds for any in a value."""
    match kind:
        case Primitive(name=name) if name in _MOMENTS:
            return _or_not(test(value, name, key))
        case Struct(fields=fields):
            found = [_any(value.getField(name), inner, test, name) for name, inner in fields]
            return reduce(or_, found, F.lit(False))
        case Array(item=inner) if _is_loose(inner):
            return _or_not(F.exists(value, lambda one: _any(one, inner, test)))
        case Map(value=inner) if _is_loose(inner):
            return _or_not(F.exists(F.map_values(value), lambda one: _any(one, inner, test)))
        case _:
            return F.lit(False)


def mended(value: Column, raw: Column, kind: DataType, formatted: bool = False) -> Column:
    """A value of a record with NULL for each moment and each decimal that, by its text, is none."""
    if not _is_loose(kind):
        return value
    match kind:
        case Decimal():
            return F.when(~_or_not(raw.contains(",")), value)
        case Primitive(name=name):
            return F.when(~_or_not(_is_none(value, raw, name, formatted)), value)
        case Struct(fields=fields):
            said = object_of(raw)
            sound = (
                mended(value.getField(name), said.getItem(name), inner, formatted).alias(name)
                for name, inner in fields
            )
            return F.when(value.isNotNull(), F.struct(*sound))
        case Array(item=inner):
            return F.zip_with(value, elements_of(raw), lambda one, text: mended(one, text, inner, formatted))
        case Map(value=inner):
            said = object_of(raw)
            return F.transform_values(
                value, lambda key, one: mended(one, F.try_element_at(said, key), inner, formatted)
            )


def _is_none(value: Column, raw: Column, name: str, formatted: bool) -> Column:
    """Whether the text of a moment is none."""
    outside = _or_not(_is_outside(value, name))
    match name:
        case "timestamp":
            too_much = _or_not(~raw.try_cast("decimal(38,0)").between(_FIRST, _LAST))
            return outside | too_much | (F.lit(not formatted) & raw.rlike(_TIME))
        case "date":
            return outside | ~(raw.rlike(_DATE) | raw.try_cast("timestamp").isNotNull())
        case _:
            return outside


def _is_outside(value: Column, name: str, _: str = "") -> Column:
    if name == "timestamp":
        return ~F.unix_seconds(value).between(_FIRST, _LAST)
    return ~F.year(value).between(1, 9999)


def _may_run_over(value: Column, name: str, _: str) -> Column:
    if name != "timestamp":
        return F.lit(False)
    micros = F.unix_micros(value)
    return (micros % _SECOND != 0) & (micros % _SHARED == 0)


def _may_go_on(value: Column, name: str, key: str, text: Column) -> Column:
    """Whether a date may not be all that its field says; no doubt where it stands there in quotes."""
    if name != "date":
        return F.lit(False)
    before = [f'{json.dumps(key, ensure_ascii=False)}:{blank}"' for blank in ("", " ")] if key else ['"']
    alone = (text.contains(F.concat(F.lit(one), value.cast("string"), F.lit('"'))) for one in before)
    return ~reduce(or_, alone)


def _is_of_today(value: Column, name: str, _: str) -> Column:
    """Whether a timestamp is of about the day on which it is parsed, in whatever zone.

    Now is a literal: a MERGE puts one in the place of `current_timestamp()`, and does not find what is kept.
    It is one all day, so that what Spark compiled for a batch serves the next.
    """
    if name != "timestamp":
        return F.lit(False)
    midnight = int(time.time()) // _DAY * _DAY
    return F.abs(F.unix_seconds(value) - F.lit(midnight)) < _DAYS


def _or_not(condition: Column) -> Column:
    return F.coalesce(condition, F.lit(False))


def _is_loose(kind: DataType) -> bool:
    """Whether Spark may take something else for a value of the type, or of one within."""
    return holds(kind, lambda one: isinstance(one, Decimal) or getattr(one, "name", "") in _MOMENTS)


def _has_decimals(kind: DataType) -> bool:
    return holds(kind, lambda one: isinstance(one, Decimal))
