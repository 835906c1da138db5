"""Maps by the order of their keys: two that hold the same are the same, however a source wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.spec.types import Array, DataType, Map, Struct, has_map

if TYPE_CHECKING:
    from pyspark.sql import Column


def ordered(column: Column, kind: DataType) -> Column:
    """The value with every map in it, however deep, by the order of its keys."""
    if not has_map(kind):
        return column
    match kind:
        case Map(_, inner):
            return F.map_from_entries(
                F.transform(
                    F.array_sort(F.map_keys(column)),
                    lambda key: F.struct(
                        key.alias("key"), ordered(F.element_at(column, key), inner).alias("value")
                    ),
                )
            )
        case Array(inner):
            return F.transform(column, lambda item: ordered(item, inner))
        case Struct(fields):
            parts = (ordered(column.getField(name), inner).alias(name) for name, inner in fields)
            return F.when(column.isNotNull(), F.struct(*parts))
        case _:
            return column
