"""A frame in the shape of its contract: its columns, in its order, in its types, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, MapType, StructType
from pyspark.sql.types import DataType as SparkType

from lakemesh.errors import SchemaConflict, did_you_mean
from lakemesh.names import is_own, quote
from lakemesh.spec.columns import struct_of
from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct, holds, parse_type
from lakemesh.write.maps import ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructField

    from lakemesh.plan.stages import Land

# What Spark's store assignment widens without a loss.
_WIDER = {
    "tinyint": ("smallint", "int", "bigint", "float", "double"),
    "smallint": ("int", "bigint", "float", "double"),
    "int": ("bigint", "double"),
    "float": ("double",),
    "date": ("timestamp", "timestamp_ntz"),
}
_UNTYPED = Primitive("void")
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}


def shape_of(frame: DataFrame, land: Land) -> Struct:
    """The columns that the output's table has: the contract's, or else the frame's without its metadata."""
    if land.columns is not None:
        return struct_of(land.columns)
    fields = tuple((name, kind) for name, kind in type_of(frame).fields if not is_own(name))
    for name, kind in fields:
        if kind != _UNTYPED and holds(kind, lambda one: one == _UNTYPED):
            raise _no_type(name, kind.ddl)
    return Struct(fields)


def type_of(frame: DataFrame) -> Struct:
    """The frame's columns with their types."""
    return struct_from(frame.schema)


def struct_from(schema: StructType) -> Struct:
    """Spark's schema as a value. Raises SchemaConflict where a column's type is one that no table holds."""
    return Struct(tuple((field.name, _type_of(field)) for field in schema.fields))


def _type_of(field: StructField) -> DataType:
    try:
        return _type_from(field.dataType)
    except ValueError as error:
        raise _no_type(field.name, field.dataType.simpleString()) from error


def _no_type(name: str, said: str) -> SchemaConflict:
    return SchemaConflict(
        f"column '{name}' is of type {said}, which no table holds: cast it in a step, or drop it."
    )


def _type_from(kind: SparkType) -> DataType:
    # Part by part: the text that Spark has for a type leaves odd names of fields unquoted.
    match kind:
        case StructType():
            return struct_from(kind)
        case ArrayType():
            return Array(_type_from(kind.elementType))
        case MapType():
            return Map(_type_from(kind.keyType), _type_from(kind.valueType))
        case _:
            return parse_type(kind.simpleString())


def fit(frame: DataFrame, land: Land, extra: Sequence[str] = ()) -> DataFrame:
    """The frame with exactly the output's columns, widened where that loses nothing, and the `extra` ones.

    Raises SchemaConflict where a column is missing, is not in the contract, or has a type that does not fit.
    """
    wanted, found = shape_of(frame, land), type_of(frame)
    _refuse_unlisted(wanted, found, land, extra)
    columns = [_fit_column(name, kind, found.get(name), land, found) for name, kind in wanted.fields]
    return frame.select(*columns, *(F.col(quote(name)) for name in extra if name not in wanted.names))


def _refuse_unlisted(wanted: Struct, found: Struct, land: Land, extra: Sequence[str]) -> None:
    known = {name.lower() for name in (*wanted.names, *extra)}
    unlisted = [name for name in found.names if name.lower() not in known and not is_own(name)]
    if unlisted:
        raise SchemaConflict(
            f"output '{land.name}' would write {', '.join(unlisted)}, which its schema does not list:"
            f" drop them in a step, or add them to the schema of '{land.name}'."
        )


def _fit_column(name: str, kind: DataType, found: DataType | None, land: Land, frame: Struct) -> Column:
    if "`" in name:
        raise SchemaConflict(
            f"output '{land.name}' has a column '{name}', and Delta cannot merge into a table with a"
            " backtick in a column's name: give it another in a step."
        )
    if found is None:
        raise SchemaConflict(
            f"output '{land.name}' has the column '{name}' in its schema, and '{land.port.from_}' does not"
            f" have it.{did_you_mean(name, frame.names)}"
        )
    column = F.col(quote(name))
    if found == kind:
        return ordered(column, kind).alias(name)
    fitted = widen(column, found, kind)
    if fitted is None:
        raise SchemaConflict(
            f"output '{land.name}': column '{name}' is {_said(found)} in '{land.port.from_}' and"
            f" {_said(kind)} in the schema. Put a cast step before the output, or mend the schema."
        )
    return ordered(fitted, kind).alias(name)


def widen(column: Column, found: DataType, kind: DataType) -> Column | None:
    """The column in a type that holds every value of its own; None where there might be a loss."""
    match found, kind:
        case _ if found == kind:
            return column
        case Primitive("void"), _:
            return column.cast(kind.ddl)
        case Primitive(name), Primitive(wider) if wider in _WIDER.get(name, ()):
            return column.cast(wider)
        case Primitive(name), Decimal(precision, scale) if name in _DIGITS:
            return column.cast(kind.ddl) if precision - scale >= _DIGITS[name] else None
        case Decimal(few, behind), Decimal(precision, scale):
            fits = scale >= behind and precision - scale >= few - behind
            return column.cast(kind.ddl) if fits else None
        case Struct(), Struct():
            return _widen_struct(column, found, kind)
        case Array(item), Array(wider):
            return _widen_array(column, item, wider)
        case Map(key, value), Map(other_key, wider) if key == other_key:
            return column.cast(kind.ddl) if widen(column, value, wider) is not None else None
        case _:
            return None


def _widen_struct(column: Column, found: Struct, kind: Struct) -> Column | None:
    if {name.lower() for name in found.names} != {name.lower() for name in kind.names}:
        return None
    fields = [widen(column.getField(name), found.get(name) or wider, wider) for name, wider in kind.fields]
    known = [field for field in fields if field is not None]
    if len(known) < len(fields):
        return None
    struct = F.struct(*(field.alias(name) for field, name in zip(known, kind.names, strict=True)))
    return F.when(column.isNotNull(), struct)


def _widen_array(column: Column, item: DataType, wider: DataType) -> Column | None:
    if widen(column, item, wider) is None:
        return None
    return F.transform(column, lambda value: widen(value, item, wider))  # type: ignore[arg-type,return-value]


def _said(kind: DataType) -> str:
    return kind.ddl.replace("`", "")
