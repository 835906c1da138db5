"""A table written again in one commit, where its contract renames a column or widens its type.

Delta's own ways, column mapping and type widening, would keep other readers out (docs/decisions/0022); what
is written again is plain Parquet that all of them can read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.spec.types import Array, DataType, Map, Struct
from lakemesh.write.shape import widen

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.spec.columns import Column as Said
    from lakemesh.spec.columns import ColumnType


def target_of(found: Struct, wanted: Struct, columns: Iterable[Said]) -> Struct:
    """The table's columns after the renames and widenings of its contract, in the table's own order.

    What is new in the contract is not among them, and what does not fit it is left as it is.
    """
    said = {column.name: column for column in columns}
    new = {
        column.renamed_from.lower(): name
        for name, column in said.items()
        if column.renamed_from and found.get(name) is None and wanted.get(column.renamed_from) is None
    }
    names = [(new.get(old.lower(), old), kind) for old, kind in found.fields]
    return Struct(tuple((name, _wider(kind, wanted.get(name), said.get(name))) for name, kind in names))


def _wider(found: DataType, wanted: DataType | None, said: ColumnType | None) -> DataType:
    match found, wanted:
        case _, None:
            return found
        case Struct(), Struct():
            return target_of(found, wanted, said.properties if said else ())
        case Array(item), Array(other):
            return Array(_wider(item, other, said.items if said else None))
        case Map(key, value), Map(_, other):
            return Map(key, _wider(value, other, said.values if said else None))
        case _:
            return found if widen(F.lit(None), found, wanted) is None else wanted


def reshape(frame: DataFrame, found: Struct, target: Struct) -> DataFrame:
    """The table's rows under the names and in the types of a target of the same order."""
    pairs = zip(found.fields, target.fields, strict=True)
    return frame.select(*(_moved(F.col(quote(old)), kind, to).alias(new) for (old, kind), (new, to) in pairs))


def _moved(column: Column, found: DataType, target: DataType) -> Column:
    match found, target:
        case _ if found == target:
            return column
        case Struct(), Struct():
            pairs = zip(found.fields, target.fields, strict=True)
            fields = (_moved(column[old], kind, to).alias(new) for (old, kind), (new, to) in pairs)
            return F.when(column.isNotNull(), F.struct(*fields))
        case Array(item), Array(other):
            return F.transform(column, lambda value: _moved(value, item, other))
        case Map(_, value), Map(_, other):
            return F.transform_values(column, lambda _, one: _moved(one, value, other))
        case _:
            return column.cast(target.ddl)
