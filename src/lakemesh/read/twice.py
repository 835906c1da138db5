"""Maps in which JSON says a key twice: the last one counts, as of a field that is said twice.

Spark's parser keeps both, and the first function that makes a map of it stops the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.spec.types import Array, DataType, Map, Struct, has_map

if TYPE_CHECKING:
    from pyspark.sql import Column


def said_last(value: Column, kind: DataType) -> Column:
    """A parsed value with every key of its maps once, however deep, and what was said of it last."""
    if not has_map(kind):
        return value
    match kind:
        case Map(value=inner):
            return _once(value, inner)
        case Array(item=inner):
            return F.transform(value, lambda one: said_last(one, inner))
        case Struct(fields=fields):
            parts = (said_last(value.getField(name), inner).alias(name) for name, inner in fields)
            return F.when(value.isNotNull(), F.struct(*parts))
        case _:
            return value


def last_of(entries: Column, key: str) -> Column:
    """Of an array of structs those whose field `key` no later one has, too."""
    return F.filter(
        entries,
        lambda entry, at: (
            ~F.exists(F.slice(entries, at + 2, F.size(entries)), lambda later: later[key] == entry[key])
        ),
    )


def _once(value: Column, inner: DataType) -> Column:
    doubled = F.size(F.array_distinct(F.map_keys(value))) < F.size(value)
    once = F.when(doubled, F.map_from_entries(last_of(F.map_entries(value), "key"))).otherwise(value)
    return F.transform_values(once, lambda _, one: said_last(one, inner)) if has_map(inner) else once
