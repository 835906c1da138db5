"""The second look at a record: values that did not fit their types, and fields that nobody declared.

Both are found as places, `path` and `raw` text, such as `lines[1].qty` and `two`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.digits import unmarked
from lakemesh.read.twice import last_of
from lakemesh.spec.types import Array, DataType, Map, Struct, holds

if TYPE_CHECKING:
    from pyspark.sql import Column

_PLACES = "array<struct<path:string,raw:string>>"
_STRICT = {"mode": "PERMISSIVE", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def let(value: Column, made: Callable[[Column], Column]) -> Column:
    """What is made of a value that is computed once, however often it is used."""
    return F.get(F.transform(F.array(value), made), F.lit(0))


def misfits(record: Column, text: Column, fields: Struct) -> Column:
    """The places of a parsed record where its text has something and the value has nothing."""
    return let(object_of(text), lambda said: _below(record, said, fields, F.lit("")))


def unknown_fields(text: Column, fields: Struct, said: Column | None = None) -> Column:
    """The places of a record's text that its declared fields do not have, nested ones, too.

    None where there are none: an empty array, or NULL. `said` is the object of the text where it is a column
    already; Spark would find it anew for each field that has fields.
    """
    found = _unknown(object_of(text) if said is None else said, fields, F.lit(""))
    if any(_has_fields(kind) for _, kind in fields.fields):
        return found  # not NULL for an empty one: the condition would find everything a second time
    # Where nothing is nested the names alone tell, which is cheaper than the values.
    names = F.array_except(F.json_object_keys(text), F.array(*map(F.lit, fields.names)).cast("array<string>"))
    return F.when(F.size(names) > 0, found)


def plain(places: Column) -> Column:
    """The places of a marked text, with the texts as they were said."""
    return F.transform(
        places, lambda place: F.struct(place["path"].alias("path"), unmarked(place["raw"]).alias("raw"))
    )


def as_json(places: Column) -> Column:
    """The places as JSON, path to raw text; NULL where there are none."""
    # Two places may have one path, where a name holds a dot; a map with a key twice would stop the batch.
    last = last_of(places, "path")
    return F.when(F.size(places) > 0, F.to_json(F.map_from_entries(last)))


def joined_paths(places: str, separator: str) -> Column:
    """The paths of a column of places, without the numbers of array elements, each once; NULL for none."""
    paths = F.transform(places, lambda place: F.regexp_replace(place["path"], r"\[\d+\]", "[]"))
    return F.when(F.size(places) > 0, F.array_join(F.array_distinct(paths), separator))


def object_of(text: Column) -> Column:
    """The fields of an object's text, each as text; NULL where it is none."""
    return F.from_json(text, "map<string,string>", _STRICT)


def elements_of(text: Column) -> Column:
    """The elements of an array's text, each as text; NULL where it is none."""
    return F.from_json(text, "array<string>", _STRICT)


def _nothing() -> Column:
    return F.array().cast(_PLACES)


def _concat(parts: Iterator[Column]) -> Column:
    return F.concat(_nothing(), *parts)


def _below(record: Column, raw: Column, fields: Struct, path: Column) -> Column:
    """The misfits of an object's fields; `path` ends in what joins it to a name."""
    return _concat(
        _misfits(record.getField(name), raw.getItem(name), kind, F.concat(path, F.lit(name)))
        for name, kind in fields.fields
    )


def _misfits(typed: Column, raw: Column, kind: DataType, path: Column) -> Column:
    """The places at or below a value where the text has something, the value not."""
    here = F.array(F.struct(path.alias("path"), raw.alias("raw"))).cast(_PLACES)
    lost = F.when(typed.isNull() & raw.isNotNull(), here)
    match kind:
        case Struct():
            below = let(object_of(raw), lambda said: _below(typed, said, kind, F.concat(path, F.lit("."))))
            return lost.when(raw.isNotNull(), below).otherwise(_nothing())
        case Array(item=item):
            texts = elements_of(raw)
            below = F.flatten(
                F.transform(
                    typed, lambda value, at: _misfits(value, F.get(texts, at), item, _indexed(path, at))
                )
            )
            return lost.when(raw.isNotNull(), below).otherwise(_nothing())
        case Map(value=inner):
            below = F.flatten(
                F.transform(
                    F.map_entries(object_of(raw)),
                    lambda entry: _misfits(
                        F.try_element_at(typed, entry["key"]),
                        entry["value"],
                        inner,
                        F.concat(path, F.lit("."), entry["key"]),
                    ),
                )
            )
            return lost.when(raw.isNotNull(), below).otherwise(_nothing())
        case _:
            return lost.otherwise(_nothing())


def _unknown(said: Column, fields: Struct, path: Column) -> Column:
    """The undeclared places of an object; `path` ends in what joins it to a name."""
    strange = F.filter(F.map_entries(said), lambda entry: ~entry["key"].isin(*fields.names))
    here = F.transform(
        strange,
        lambda entry: F.struct(F.concat(path, entry["key"]).alias("path"), entry["value"].alias("raw")),
    ).cast(_PLACES)
    nested = (
        _unknown_within(said.getItem(name), kind, F.concat(path, F.lit(name)))
        for name, kind in fields.fields
        if _has_fields(kind)
    )
    return F.coalesce(F.concat(here, _concat(nested)), _nothing())


def _unknown_within(text: Column, kind: DataType, path: Column) -> Column:
    match kind:
        case Struct():
            found = _unknown(object_of(text), kind, F.concat(path, F.lit(".")))
        case Array(item=item):
            found = F.flatten(
                F.transform(
                    elements_of(text), lambda element, at: _unknown_within(element, item, _indexed(path, at))
                )
            )
        case Map(value=value):
            found = F.flatten(
                F.transform(
                    F.map_entries(object_of(text)),
                    lambda entry: _unknown_within(
                        entry["value"], value, F.concat(path, F.lit("."), entry["key"])
                    ),
                )
            )
        case _:
            return _nothing()
    return F.coalesce(found, _nothing())


def _indexed(path: Column, at: Column) -> Column:
    return F.concat(path, F.lit("["), at.cast("string"), F.lit("]"))


def _has_fields(kind: DataType) -> bool:
    """Whether a type has declared fields somewhere within."""
    return holds(kind, lambda one: isinstance(one, Struct))
