"""Columns into other types, so that a value which cannot be turned is said and stops nothing.

What can be turned is Spark's ANSI cast
(https://spark.apache.org/docs/4.0.0/sql-ref-ansi-compliance.html#cast): fractions are cut off on the way to
whole numbers and rounded to a decimal's scale; overflow and text that is no such value become NULL.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from lakemesh.spec import types
from lakemesh.transform.failures import Unfit
from lakemesh.transform.paths import Place, change, require

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.spec.steps import Cast

CAST_ERRORS = "_cast_errors"


def cast(frame: DataFrame, step: Cast, name: str) -> DataFrame:
    """The frame with columns of other types; it never raises on a value.

    A value that cannot be turned is NULL, in an array, struct or map that part of it alone, and its raw text
    stands in `_cast_errors` under `<step>.<column>`. That map is NULL for a row in which nothing failed.
    """
    wanted = {words: types.parse_type(kind) for words, kind in step.columns.items()}
    places = {words: require(frame, words) for words in wanted}
    for words, place in places.items():
        _same_names(place.kind, wanted[words], words)
    frame = frame.withColumn(CAST_ERRORS, _errors(frame, places, wanted, name))
    for words, place in places.items():
        frame = change(frame, place, partial(_turned, to=wanted[words]))
    return frame


def _errors(
    frame: DataFrame, places: dict[str, Place], wanted: dict[str, types.DataType], name: str
) -> Column:
    """The row's failed casts by step and column, with those of earlier steps."""
    failures = {f"{name}.{words}": _failure(place, wanted[words]) for words, place in places.items()}
    entries = F.create_map(*(part for key, text in failures.items() for part in (F.lit(key), text)))
    found = F.map_filter(entries, lambda _, text: text.isNotNull())
    before = F.lit(None).cast("map<string,string>")
    if CAST_ERRORS in frame.columns:
        before = F.col(CAST_ERRORS)
        others = F.map_filter(before, lambda key, _: ~key.isin(*failures))
        found = F.when(before.isNull(), found).otherwise(F.map_concat(others, found))
    some = reduce(lambda one, other: one | other, (text.isNotNull() for text in failures.values()))
    # The map is built for rows with a failure only: most have none.
    return F.when(some, found).otherwise(before)


def _turned(value: Column, to: types.DataType) -> Column:
    return value.try_cast(to.ddl)


def _failure(place: Place, to: types.DataType) -> Column:
    """The raw text of a value that cannot be turned, else NULL."""
    raw, kind = place.column, place.kind
    for _ in range(place.arrays):
        kind, to = ArrayType(kind), types.Array(to)
    whole = isinstance(kind, ArrayType | MapType | StructType)
    text = F.to_json(raw) if whole else raw.cast("string")
    return F.when(_is_lost(raw, _turned(raw, to), kind, to), text)


def _is_lost(raw: Column, new: Column, kind: DataType, to: types.DataType) -> Column:
    """Whether a part of the value was there and is NULL now; a NULL that was there before is not lost."""
    match kind, to:
        case ArrayType(), types.Array(item):
            return _any_is_lost(raw, new, kind.elementType, item)
        case MapType(), types.Map(_, value):
            return _any_is_lost(F.map_values(raw), F.map_values(new), kind.valueType, value)
        case StructType(), types.Struct(fields):
            lost = (
                _is_lost(raw.getField(field.name), new.getField(said), field.dataType, part)
                for field, (said, part) in zip(kind.fields, fields, strict=True)
            )
            return reduce(lambda one, other: one | other, lost)
        case _:
            return raw.isNotNull() & new.isNull()


def _any_is_lost(raw: Column, new: Column, kind: DataType, to: types.DataType) -> Column:
    pairs = F.zip_with(raw, new, lambda before, after: _is_lost(before, after, kind, to))
    return F.coalesce(F.exists(pairs, lambda lost: lost), F.lit(False))


def _same_names(kind: DataType, to: types.DataType, words: str) -> None:
    """Refuse a struct of other fields: Spark casts by position, whatever the names."""
    match kind, to:
        case ArrayType(), types.Array(item):
            _same_names(kind.elementType, item, words)
        case MapType(), types.Map(_, value):
            _same_names(kind.valueType, value, words)
        case StructType(), types.Struct(fields):
            if [name.lower() for name in kind.names] != [name.lower() for name in to.names]:
                raise Unfit(
                    f"'{words}' has the fields {', '.join(kind.names)}; a cast keeps them and their order,"
                    f" and does not make them {', '.join(to.names)}"
                )
            for field, (_, part) in zip(kind.fields, fields, strict=True):
                _same_names(field.dataType, part, words)
        case _:
            return
