from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lakemesh.spec.columns import Column, Columns, SchemaRef, SchemaSpec, rules_of, struct_of, walk

SPEC: TypeAdapter[Any] = TypeAdapter(SchemaSpec)
COLUMNS: TypeAdapter[tuple[Column, ...]] = TypeAdapter(Columns)


def column(**said: Any) -> Column:
    return Column.model_validate({"name": "a", **said})


@pytest.mark.parametrize(
    ("said", "ddl"),
    [
        ({"logicalType": "string"}, "string"),
        ({"logicalType": "integer"}, "bigint"),
        ({"logicalType": "number"}, "double"),
        ({"logicalType": "time"}, "string"),
        ({"logicalType": "number", "physicalType": "decimal(12,2)"}, "decimal(12,2)"),
        ({"properties": [{"name": "b", "logicalType": "date"}]}, "struct<`b`:date>"),
        ({"logicalType": "array", "items": {"logicalType": "boolean"}}, "array<boolean>"),
        ({"logicalType": "map", "values": {"logicalType": "integer"}}, "map<string,bigint>"),
    ],
)
def test_types_without_a_physical_type_are_those_of_the_design(said: Any, ddl: str) -> None:
    assert column(**said).data_type.ddl == ddl


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "needs a logicalType or a physicalType"),
        ({"logicalType": "object"}, "an object needs its properties"),
        ({"logicalType": "array"}, "an array needs its items"),
        ({"logicalType": "map"}, "a map needs its values"),
        ({"physicalType": "money"}, "'money' is no type"),
    ],
)
def test_words_that_make_no_type(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        column(**said)


def test_a_schema_in_each_of_its_forms() -> None:
    assert SPEC.validate_python("schema.yml") == "schema.yml"
    assert SPEC.validate_python({"ref": "order", "without": "a"}) == SchemaRef(ref="order", without=("a",))
    short = SPEC.validate_python({"id": "string", "n": "int"})
    listed = SPEC.validate_python(
        [{"name": "id", "physicalType": "string"}, {"name": "n", "physicalType": "int"}]
    )
    assert short == listed
    assert struct_of(short).ddl == "struct<`id`:string,`n`:int>"


def test_columns_are_walked_into_structs_and_arrays() -> None:
    columns = COLUMNS.validate_python(
        [
            {"name": "c", "properties": [{"name": "mail", "logicalType": "string"}]},
            {
                "name": "lines",
                "logicalType": "array",
                "items": {"logicalType": "object", "properties": [{"name": "sku", "logicalType": "string"}]},
            },
        ]
    )
    assert [path for path, _ in walk(columns)] == [("c",), ("c", "mail"), ("lines",), ("lines", "sku")]


def test_a_rule_under_its_column_names_it_by_its_whole_path() -> None:
    rule = {"expect_column_values_to_not_be_null": None}
    pair = {"expect_column_pair_values_to_be_equal": {"column_A": "a", "column_B": "b"}}
    nested = {"name": "mail", "logicalType": "string", "quality": [rule]}
    columns = COLUMNS.validate_python(
        [
            {"name": "c", "properties": [nested]},
            {"name": "d", "logicalType": "string", "quality": [rule, pair]},
        ]
    )
    assert [found.expectation.columns for found in rules_of(columns)] == [("c.mail",), ("d",), ("a", "b")]
