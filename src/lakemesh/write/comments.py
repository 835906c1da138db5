"""What a spec says of its columns as comments of the table's, nested ones too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pyspark.sql.types import ArrayType, MapType, StructType

from lakemesh.names import quote, quote_text

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from lakemesh.spec.columns import Column, ColumnType

Path = tuple[str, ...]
"""The names that lead to a field; `element`, `key` and `value` inside arrays and maps, as Delta has them."""


def comment(text: str) -> str:
    """The text as a COMMENT clause; nothing where there is none."""
    return f" COMMENT {quote_text(text)}" if text else ""


def described(column: ColumnType) -> str:
    """The type as DDL, with what is said of its fields as their comments."""
    if column.physical_type is None:
        if column.items is not None:
            return f"array<{described(column.items)}>"
        if column.values is not None:
            key = described(column.keys) if column.keys else "string"
            return f"map<{key},{described(column.values)}>"
        if column.properties:
            fields = (
                f"{quote(one.name)}:{described(one)}{comment(one.description)}" for one in column.properties
            )
            return f"struct<{','.join(fields)}>"
    return column.data_type.ddl


def wanted_comments(columns: Iterable[Column], above: Path = ()) -> Iterator[tuple[Path, str]]:
    """What is said of each column and field of a contract; those of which nothing is said are left out."""
    for column in columns:
        path = (*above, column.name)
        if column.description:
            yield path, column.description
        yield from _inside(column, path)


def _inside(column: ColumnType, path: Path) -> Iterator[tuple[Path, str]]:
    if column.physical_type is not None:
        return
    yield from wanted_comments(column.properties, path)
    for name, part in (("element", column.items), ("key", column.keys), ("value", column.values)):
        if part is not None:
            yield from _inside(part, (*path, name))


def found_comments(kind: DataType, above: Path = ()) -> Iterator[tuple[Path, str]]:
    """What a table says of each of its columns and fields."""
    match kind:
        case StructType():
            for field in kind.fields:
                path = (*above, field.name)
                yield path, (field.metadata or {}).get("comment", "")
                yield from found_comments(field.dataType, path)
        case ArrayType():
            yield from found_comments(kind.elementType, (*above, "element"))
        case MapType():
            yield from found_comments(kind.keyType, (*above, "key"))
            yield from found_comments(kind.valueType, (*above, "value"))
