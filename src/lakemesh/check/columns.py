"""The columns that rules name, found in a frame's schema."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructField, StructType

from lakemesh.errors import RunError, did_you_mean, known_words
from lakemesh.names import quote


@dataclass(frozen=True)
class Found:
    """A column that a rule reads: by which path, as which expression, of which type."""

    path: str
    column: Column
    kind: DataType


def find(schema: StructType, path: str, label: str) -> Found:
    """The column at a dotted path; a top-level column of that very name comes first.

    Raises RunError, naming the rule, where there is none.
    """
    found = _find(schema, path)
    if found is None:
        raise RunError(_missing(schema, path, label))
    return Found(path, *found)


def field_of(schema: StructType, name: str) -> StructField | None:
    """The field of a name: in its very case, else in any, as Spark resolves it."""
    same = [field for field in schema.fields if field.name == name]
    near = [field for field in schema.fields if field.name.lower() == name.lower()]
    return next(iter(same or near), None)


def _find(schema: StructType, path: str) -> tuple[Column, DataType] | None:
    for head, rest in _splits(path):
        field = field_of(schema, head)
        if field is None:
            continue
        found = _inside(F.col(quote(field.name)), field.dataType, rest)
        if found is not None:
            return found
    return None


def _inside(column: Column, kind: DataType, path: str) -> tuple[Column, DataType] | None:
    """What lies at a path inside a column; the column itself where the path is empty."""
    if not path:
        return column, kind
    if isinstance(kind, MapType) and isinstance(kind.keyType, StringType):
        # A key may hold dots, unless something can follow it.
        has_parts = isinstance(kind.valueType, StructType | MapType)
        key, _, rest = path.partition(".") if has_parts else (path, "", "")
        return _inside(F.try_element_at(column, F.lit(key)), kind.valueType, rest)
    if not isinstance(kind, StructType):
        return None
    for head, rest in _splits(path):
        field = field_of(kind, head)
        found = field and _inside(column.getField(field.name), field.dataType, rest)
        if found:
            return found
    return None


def _splits(path: str) -> list[tuple[str, str]]:
    """Each way to read a path as a name and what is inside it, the longest name first."""
    parts = path.split(".")
    return [(".".join(parts[:end]), ".".join(parts[end:])) for end in range(len(parts), 0, -1)]


def _missing(schema: StructType, path: str, label: str) -> str:
    head = field_of(schema, path.split(".", maxsplit=1)[0])
    if head is not None and isinstance(head.dataType, ArrayType):
        return (
            f"rule '{label}' reads '{path}', but '{head.name}' is an array, and a rule judges one value of"
            " each row. Explode it in a step, and put the rule on what comes out."
        )
    known = schema.fieldNames()
    if head is not None and isinstance(head.dataType, StructType):
        known = [f"{head.name}.{name}" for name in head.dataType.fieldNames()]
    hint = known_words(known) + did_you_mean(path, known)
    return f"rule '{label}' reads column '{path}', which is not there.{hint}"
