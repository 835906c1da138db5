"""Numbers that their type does not hold: one that would be rounded or wrapped fits no better than a word.

Spark rounds in silence. So decimals are parsed with all the digits that there are behind the point, and what
the type cannot hold is NULL, its text rescued. A decimal of 38 digits has none to spare and is rounded. In a
tinyint Spark takes 200 for -56, so it is parsed as a smallint; of a float or a double beyond its range it
makes an infinity, for which JSON has no number.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct, holds

if TYPE_CHECKING:
    from pyspark.sql import Column

_DIGITS = 38
_NARROW = ("float", "double", "tinyint")


def widened(kind: DataType) -> DataType:
    """The type with room for what a type itself does not hold: digits behind a point, a second byte."""
    match kind:
        case Decimal(precision, scale):
            return Decimal(_DIGITS, _DIGITS - (precision - scale))
        case Primitive("tinyint"):
            return Primitive("smallint")
        case Struct(fields=fields):
            return Struct(tuple((name, widened(inner)) for name, inner in fields))
        case Array(item=inner):
            return Array(widened(inner))
        case Map(key=key, value=inner):
            return Map(key, widened(inner))
        case _:
            return kind


def is_rounded(value: Column, kind: DataType) -> Column | None:
    """Whether a widened value has a number that its type does not hold; None where it has no such type."""
    if not _may_misfit(kind):
        return None
    match kind:
        case Struct(fields=fields):
            found = [is_rounded(value.getField(name), inner) for name, inner in fields]
            return reduce(or_, (one for one in found if one is not None))
        case Array(item=inner):
            return F.coalesce(F.exists(value, lambda one: _is_any(one, inner)), F.lit(False))
        case Map(value=inner):
            return F.coalesce(F.exists(F.map_values(value), lambda one: _is_any(one, inner)), F.lit(False))
        case Primitive("float" | "double"):
            return F.abs(value) == F.lit(float("inf"))
        case _:
            return ~value.try_cast(kind.ddl).eqNullSafe(value)


def _is_any(value: Column, kind: DataType) -> Column:
    found = is_rounded(value, kind)
    return F.lit(False) if found is None else found


def without_rounded(value: Column, kind: DataType) -> Column:
    """A widened value with NULL for each number that its type does not hold."""
    if not _may_misfit(kind):
        return value
    match kind:
        case Struct(fields=fields):
            kept = (without_rounded(value.getField(name), inner).alias(name) for name, inner in fields)
            return F.when(value.isNotNull(), F.struct(*kept))
        case Array(item=inner):
            return F.transform(value, lambda one: without_rounded(one, inner))
        case Map(value=inner):
            return F.transform_values(value, lambda _, one: without_rounded(one, inner))
        case _:
            return F.when(~F.coalesce(_is_any(value, kind), F.lit(False)), value)


def narrowed(value: Column, kind: DataType) -> Column:
    """A widened value of which nothing is rounded, as its type."""
    return value if widened(kind) == kind else value.try_cast(kind.ddl)


def _may_misfit(kind: DataType) -> bool:
    def may(one: DataType) -> bool:
        return getattr(one, "name", "") in _NARROW or (isinstance(one, Decimal) and widened(one) != one)

    return holds(kind, may)
