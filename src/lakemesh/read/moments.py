"""Moments that nobody meant: Spark reads a number as seconds, and milliseconds so are the year 57972.

A moment outside the years 0001 to 9999 is taken for none. Microseconds are too many for Spark's own 64 bits
and come out as any moment at all. Seconds are a multiple of a million; what ran over is one of 64 (as a
million is) and hardly ever one of a million. So only such a moment is doubted, and the text looked at only
where its record has a number of that length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.misfits import elements_of, object_of
from lakemesh.spec.types import Array, DataType, Map, Primitive, Struct

if TYPE_CHECKING:
    from pyspark.sql import Column

_MOMENTS = ("timestamp", "timestamp_ntz", "date")
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
_SECOND = 1_000_000
_SHARED = 64
# 64 bits of microseconds are 9,223,372,036,854 seconds.
_TOO_LONG = "[0-9]{13}"


def doubtful(value: Column, text: Column, kind: DataType) -> Column | None:
    """Whether a value of a record has a moment that may be none; None where its type has no moments."""
    if not _has_moments(kind):
        return None
    # The text is looked at in one place: Spark would do what stands in two for every record.
    return _any(value, kind, _is_outside) | (_any(value, kind, _may_run_over) & text.rlike(_TOO_LONG))


def _any(value: Column, kind: DataType, test: Callable[[Column, str], Column]) -> Column:
    """Whether a test of a moment and its type's name holds for any in a value."""
    match kind:
        case Primitive(name=name) if name in _MOMENTS:
            return _or_not(test(value, name))
        case Struct(fields=fields):
            found = [_any(value.getField(name), inner, test) for name, inner in fields if _has_moments(inner)]
            return reduce(or_, found, F.lit(False))
        case Array(item=inner):
            return _or_not(F.exists(value, lambda one: _any(one, inner, test)))
        case Map(value=inner):
            return _or_not(F.exists(F.map_values(value), lambda one: _any(one, inner, test)))
        case _:
            return F.lit(False)


def mended(value: Column, raw: Column, kind: DataType) -> Column:
    """A value of a record with NULL for each moment that, by its text, is none."""
    if not _has_moments(kind):
        return value
    match kind:
        case Primitive(name=name):
            seconds = raw.try_cast("decimal(38,0)")
            too_much = F.lit(name == "timestamp") & ~seconds.between(_FIRST, _LAST)
            return F.when(_or_not(_is_outside(value, name)) | _or_not(too_much), None).otherwise(value)
        case Struct(fields=fields):
            said = object_of(raw)
            sound = (
                mended(value.getField(name), said.getItem(name), inner).alias(name) for name, inner in fields
            )
            return F.when(value.isNotNull(), F.struct(*sound))
        case Array(item=inner):
            return F.zip_with(value, elements_of(raw), lambda one, text: mended(one, text, inner))
        case Map(value=inner):
            said = object_of(raw)
            return F.transform_values(value, lambda key, one: mended(one, F.try_element_at(said, key), inner))
        case _:
            return value


def _is_outside(value: Column, name: str) -> Column:
    if name == "timestamp":
        return ~F.unix_seconds(value).between(_FIRST, _LAST)
    return ~F.year(value).between(1, 9999)


def _may_run_over(value: Column, name: str) -> Column:
    if name != "timestamp":
        return F.lit(False)
    micros = F.unix_micros(value)
    return (micros % _SECOND != 0) & (micros % _SHARED == 0)


def _or_not(condition: Column) -> Column:
    return F.coalesce(condition, F.lit(False))


def _has_moments(kind: DataType) -> bool:
    match kind:
        case Primitive(name=name):
            return name in _MOMENTS
        case Struct(fields=fields):
            return any(_has_moments(inner) for _, inner in fields)
        case Array(item=inner) | Map(value=inner):
            return _has_moments(inner)
        case _:
            return False
