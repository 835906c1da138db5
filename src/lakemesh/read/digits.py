"""The digits of numbers where a text is wanted: Spark writes one with a point or an exponent as a double.

So `1.10` would be `1.1`, and digits past the sixteenth be lost. Where that matters the record is looked at a
second time, with these numbers made strings that begin with a mark, which is taken away from what is found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.spec.types import STRING, Array, DataType, Map, Struct, holds

if TYPE_CHECKING:
    from pyspark.sql import Column

# Unicode keeps this sign from all text that is exchanged.
_MARK = "\ufdd0"
_SKIPPED = r'(?:[^"0-9\-]++|"(?:[^"\\]++|\\.)*+"|-?[0-9]++(?![.eE0-9]))*+'
_NEXT = rf"(?s)\G({_SKIPPED})(-?[0-9]++(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
_MARKED = f'"?{_MARK}([-+0-9.eE]++)"?'
# A number with a point or an exponent, behind what stands before a value.
_POINT = r"[:\[,\s]-?[0-9]+[.eE]"
# As Java writes a double.
_DOUBLE = r"^-?[0-9]+\.[0-9]+(?:E-?[0-9]+)?$"


def marked(text: Column) -> Column:
    """A JSON text whose numbers with a point or an exponent are strings that begin with the mark."""
    return F.when(text.contains(_MARK), text).otherwise(F.regexp_replace(text, _NEXT, f'$1"{_MARK}$2"'))


def unmarked(text: Column) -> Column:
    """What was found in a marked text, as the plain text has it."""
    return F.regexp_replace(text, _MARKED, "$1")


def has_doubles(value: Column, text: Column, kind: DataType) -> Column | None:
    """Whether a text in a value may be a number's that lost digits; None where its type has no texts."""
    found = _doubles(value, text, kind)
    # Amounts said as strings look the same, so the record's text has the last word.
    return None if found is None else found & text.rlike(_POINT)


def _doubles(value: Column, text: Column, kind: DataType) -> Column | None:
    match kind:
        case Struct(fields=fields):
            found = [_of_field(value.getField(name), text, name, inner) for name, inner in fields]
            known = [one for one in found if one is not None]
            return reduce(or_, known) if known else None
        case Array(item=inner):
            return F.exists(value, _doubting(text, inner)) if _has_texts(inner) else None
        case Map(value=inner):
            return F.exists(F.map_values(value), _doubting(text, inner)) if _has_texts(inner) else None
        case _ if kind == STRING:
            # The first sign settles it for most texts, without a pattern.
            low = (value.contains(".") & value.rlike(_DOUBLE)) | value.startswith('"')
            whole = (value.startswith("{") | value.startswith("[")) & value.contains(".")
            return F.coalesce(F.when(value < ":", low).otherwise(whole), F.lit(False))
        case _:
            return None


def _of_field(value: Column, text: Column, name: str, kind: DataType) -> Column | None:
    """The same of a field; a text that stands there in quotes behind the field's name was no number."""
    found = _doubles(value, text, kind)
    if found is None or kind != STRING:
        return found
    key = json.dumps(name, ensure_ascii=False)
    quoted = (F.concat(F.lit(f'{key}:{blank}"'), value, F.lit('"')) for blank in ("", " "))
    return found & ~reduce(or_, map(text.contains, quoted))


def _doubting(text: Column, kind: DataType) -> Callable[[Column], Column]:
    def doubts(value: Column) -> Column:
        found = _doubles(value, text, kind)
        return F.lit(False) if found is None else found

    return doubts


def as_texts(kind: DataType) -> DataType:
    """The type with a text for each value in it that has no parts."""
    match kind:
        case Struct(fields=fields):
            return Struct(tuple((name, as_texts(inner)) for name, inner in fields))
        case Array(item=inner):
            return Array(as_texts(inner))
        case Map(key=key, value=inner):
            return Map(key, as_texts(inner))
        case _:
            return STRING


def with_digits(value: Column, said: Column, kind: DataType) -> Column:
    """A value with the texts of numbers in it as they were said, from the same record in marked texts."""
    if not _has_texts(kind):
        return value
    match kind:
        case Struct(fields=fields):
            kept = (
                with_digits(value.getField(name), said.getField(name), inner).alias(name)
                for name, inner in fields
            )
            return F.when(value.isNotNull(), F.struct(*kept))
        case Array(item=inner):
            return F.zip_with(value, said, lambda one, text: with_digits(one, text, inner))
        case Map(value=inner):
            return F.transform_values(
                value, lambda key, one: with_digits(one, F.try_element_at(said, key), inner)
            )
        case _:
            return F.when(said.contains(_MARK), unmarked(said)).otherwise(value)


def _has_texts(kind: DataType) -> bool:
    return holds(kind, lambda one: one == STRING)
