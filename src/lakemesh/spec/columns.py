"""Columns of a port, in ODCS's words, and the schema that they make.

Source of the words: Open Data Contract Standard 3.2, `schema.properties`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from lakemesh.spec.expectations import Rule
from lakemesh.spec.model import Many, Model, Words
from lakemesh.spec.types import Array, DataType, Map, Primitive, Struct, parse_type

LogicalType = Literal[
    "string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array", "map"
]
Classification = Literal["public", "internal", "confidential", "restricted"]
# design.md, "Types without a physicalType".
_PHYSICAL = {
    "string": "string",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "time": "string",
}


class ColumnType(Model):
    """What a value is: the type of a column, of an array's items, of a map's values."""

    logical_type: LogicalType | None = None
    """The kind of value, in ODCS's words. Without a `physicalType` it decides Spark's type."""
    physical_type: str | None = None
    """Spark's type, as DDL: `decimal(12,2)`, `array<string>`. In quotes where it has a comma."""
    properties: Many[Column] = ()
    """The fields of an object."""
    items: ColumnType | None = None
    """What an array holds."""
    keys: ColumnType | None = None
    """The keys of a map; text unless told."""
    values: ColumnType | None = None
    """The values of a map."""

    @model_validator(mode="after")
    def _is_a_type(self) -> Any:
        self.data_type  # noqa: B018  (raises where the words make no type)
        return self

    @property
    def data_type(self) -> DataType:
        """Spark's type for it. Raises ValueError where its words make none."""
        if self.physical_type is not None:
            return parse_type(self.physical_type)
        match self.logical_type:
            case None if self.properties:
                return struct_of(self.properties)
            case None:
                raise ValueError("needs a logicalType or a physicalType")
            case "object":
                if not self.properties:
                    raise ValueError("an object needs its properties")
                return struct_of(self.properties)
            case "array":
                if self.items is None:
                    raise ValueError("an array needs its items")
                return Array(self.items.data_type)
            case "map":
                if self.values is None:
                    raise ValueError("a map needs its values")
                return Map(self.keys.data_type if self.keys else Primitive("string"), self.values.data_type)
            case word:
                return Primitive(_PHYSICAL[word])


class Column(ColumnType):
    """A column: its name, its type, and what is to be known of it."""

    name: Annotated[str, Field(min_length=1)]
    """The column's name; of an input, the name of the JSON field."""
    required: bool = False
    """Whether it always has a value. A row of an output without one is quarantined."""
    unique: bool = False
    """Not built yet: use the rule `expect_column_values_to_be_unique`."""
    primary_key: bool = False
    """Whether it is part of the primary key. Recorded."""
    description: str = ""
    """What it means. It becomes the comment of the table's column."""
    business_name: str = ""
    """What people call it."""
    examples: Many[Any] = ()
    """Values that it may have."""
    classification: Classification | None = None
    """How guarded it is. `preview` masks confidential and restricted ones."""
    tags: Words = ()
    """Words about it; `pii` marks a person's data, which `preview` masks."""
    renamed_from: str | None = None
    """The name that an output's column had before. Its data is kept."""
    quality: Many[Rule] = ()
    """Rules about this column, which they need not name."""

    @model_validator(mode="before")
    @classmethod
    def _name_the_column_of_its_rules(cls, value: Any) -> Any:
        """A rule under its column says it without repeating the column's name."""
        if not isinstance(value, dict) or not isinstance(value.get("quality"), list):
            return value
        return {**value, "quality": [_with_column(rule, value.get("name")) for rule in value["quality"]]}


def _with_column(rule: Any, column: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {
        key: {"column": column, **(said or {})}
        if key.startswith("expect_")
        and (said is None or isinstance(said, dict))
        and "column_A" not in (said or {})
        else said
        for key, said in rule.items()
    }


class SchemaRef(Model):
    """A schema said elsewhere under `schemas:`, with columns left out or added."""

    ref: str
    """The name under `schemas`."""
    without: Words = ()
    """Columns to leave out."""
    plus: Many[Column] = ()
    """Columns to add at the end."""


def _columns_from_spec(value: Any) -> Any:
    """ODCS properties as they are; a short map of name to Spark type as columns."""
    if isinstance(value, dict) and "ref" not in value:
        return tuple({"name": name, "physicalType": kind} for name, kind in value.items())
    return tuple(value) if isinstance(value, list) else value


Columns = Annotated[tuple[Column, ...], BeforeValidator(_columns_from_spec)]


def _form(value: Any) -> str:
    if isinstance(value, str):
        return "schema-file"
    return (
        "schema-ref"
        if isinstance(value, SchemaRef) or (isinstance(value, dict) and "ref" in value)
        else "schema-columns"
    )


SchemaSpec = Annotated[
    Annotated[
        Annotated[SchemaRef, Tag("schema-ref")]
        | Annotated[str, Tag("schema-file")]
        | Annotated[tuple[Column, ...], Tag("schema-columns")],
        Discriminator(_form),
    ],
    BeforeValidator(_columns_from_spec),
]
"""A reference, a file, ODCS properties, or a short map of name to Spark type."""


def struct_of(columns: Iterable[Column]) -> Struct:
    """The columns as one struct type."""
    return Struct(tuple((column.name, column.data_type) for column in columns))


def walk(columns: Iterable[Column], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Column]]:
    """Every column, nested ones too, with the path of names that leads to it."""
    for column in columns:
        path = (*above, column.name)
        yield path, column
        yield from walk(column.properties, path)
        if column.items:
            yield from walk(column.items.properties, path)


def rules_of(columns: Iterable[Column]) -> tuple[Rule, ...]:
    """The rules that stand under columns, each naming its column by its whole path."""
    return tuple(rule_under(path, rule) for path, column in walk(columns) for rule in column.quality)


def rule_under(path: tuple[str, ...], rule: Rule) -> Rule:
    """A rule that stands under a column, naming it by the whole path of names that leads to it."""
    if len(path) == 1 or "column" not in type(rule.expectation).model_fields:
        return rule
    expectation = rule.expectation.model_copy(update={"column": ".".join(path)})
    return rule.model_copy(update={"expectation": expectation})


ColumnType.model_rebuild()
Column.model_rebuild()
