"""A frame in the shape of its contract: what is widened, and what is refused with both types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakemesh.errors import SchemaConflict
from lakemesh.plan.stages import Land
from lakemesh.spec.types import parse_type
from lakemesh.write.shape import fit, shape_of, struct_from, widen

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Lands = Callable[..., Land]

WIDENED = [
    ("tinyint", "smallint"),
    ("smallint", "bigint"),
    ("int", "bigint"),
    ("int", "double"),
    ("float", "double"),
    ("int", "decimal(12,2)"),
    ("bigint", "decimal(19,0)"),
    ("decimal(10,2)", "decimal(12,4)"),
    ("date", "timestamp"),
    ("void", "struct<a: int>"),
    ("struct<a: int, b: date>", "struct<b: date, a: bigint>"),
    ("array<struct<a: int>>", "array<struct<a: bigint>>"),
    ("map<string, int>", "map<string, bigint>"),
]
REFUSED = [
    ("bigint", "int"),
    ("bigint", "double"),
    ("double", "float"),
    ("string", "int"),
    ("int", "string"),
    ("timestamp", "date"),
    ("int", "decimal(11,2)"),
    ("decimal(12,4)", "decimal(12,2)"),
    ("decimal(12,2)", "decimal(13,4)"),
    ("struct<a: int>", "struct<a: int, b: int>"),
    ("struct<a: int, b: int>", "struct<a: int>"),
    ("struct<a: string>", "struct<a: int>"),
    ("array<string>", "array<int>"),
    ("map<int, int>", "map<string, int>"),
    ("array<int>", "int"),
]


@pytest.mark.parametrize(("found", "wanted"), WIDENED)
def test_what_loses_nothing_is_widened(spark: SparkSession, found: str, wanted: str) -> None:
    column = widen(F.col("c"), parse_type(found), parse_type(wanted))
    assert column is not None
    frame = spark.sql(f"select cast(null as {found}) as c")
    assert parse_type(frame.select(column.alias("c")).schema[0].dataType.simpleString()) == parse_type(wanted)


@pytest.mark.parametrize(("found", "wanted"), REFUSED)
def test_what_might_lose_something_is_not(spark: SparkSession, found: str, wanted: str) -> None:
    assert widen(F.col("c"), parse_type(found), parse_type(wanted)) is None


def test_values_survive_widening(spark: SparkSession) -> None:
    frame = spark.sql(
        "select named_struct('a', 1, 'b', named_struct('c', 2)) as s, array(named_struct('q', 3), null) as l,"
        " cast(null as struct<a: int, b: struct<c: int>>) as n, cast(7 as int) as i"
    )
    kinds = {
        "s": "struct<b: struct<c: bigint>, a: bigint>",
        "l": "array<struct<q: bigint>>",
        "n": "struct<a: bigint, b: struct<c: bigint>>",
        "i": "decimal(12,2)",
    }
    columns = [
        widen(F.col(name), parse_type(frame.schema[name].dataType.simpleString()), parse_type(kind))
        for name, kind in kinds.items()
    ]
    (row,) = frame.select(*(c.alias(n) for c, n in zip(columns, kinds, strict=True))).collect()  # type: ignore[union-attr]
    said = row.asDict(recursive=True)
    assert {**said, "i": str(said["i"])} == {
        "s": {"b": {"c": 2}, "a": 1},
        "l": [{"q": 3}, None],
        "n": None,
        "i": "7.00",
    }


def test_a_frame_takes_the_order_and_the_case_of_its_contract(spark: SparkSession, land: Lands) -> None:
    stage = land([{"name": "id", "logicalType": "integer"}, {"name": "v", "logicalType": "string"}])
    frame = spark.sql("select 'x' as V, 1 as ID, struct('p' as port) as _source, '{}' as _rescued_data")
    fitted = fit(frame, stage, ["_source"])
    assert fitted.columns == ["id", "v", "_source"]
    assert [row.asDict()["id"] for row in fitted.collect()] == [1]


def test_without_a_contract_the_frame_decides(spark: SparkSession, land: Lands) -> None:
    frame = spark.sql("select 1 as id, struct('p' as port) as _source, 0 as __delete, 1 as __v")
    assert shape_of(frame, land()).names == ("id", "__v")


def refusals() -> list[tuple[str, Any, str]]:
    one = [{"name": "id", "logicalType": "integer"}, {"name": "v", "logicalType": "string"}]
    return [
        ("select 1 as id, 'x' as v, 2 as more, 3 as most", one, "would write more, most, which its schema"),
        ("select 1 as id", one, "has the column 'v' in its schema, and 'step' does not have it"),
        ("select 1 as id, 'x' as vv", one, "would write vv"),
        ("select '1' as id, 'x' as v", one, "column 'id' is string in 'step' and bigint in the schema"),
        (
            "select 1 as id, 'x' as v, struct(1 as a) as _source",
            [*one, {"name": "_source", "physicalType": "string"}],
            "column '_source' is struct<a: int> in 'step' and string",
        ),
        ("select 1 as id, array() as l", None, "column 'l' is of type array<void>, which no table holds"),
        ("select 1 as id, struct(null as a) as s", None, "which no table holds"),
        ("select 1 as `i``d`", None, "has a column 'i`d', and Delta cannot merge"),
    ]


@pytest.mark.parametrize(("query", "columns", "told"), refusals())
def test_what_does_not_fit_is_told(
    spark: SparkSession, land: Lands, query: str, columns: Any, told: str
) -> None:
    with pytest.raises(SchemaConflict) as caught:
        fit(spark.sql(query), land(columns), ["_source"])
    assert told.replace(" ", "") in str(caught.value).replace(" ", "")


def test_a_type_that_no_table_holds() -> None:
    nested = T.ArrayType(T.StructType([T.StructField("b", T.DayTimeIntervalType())]))
    with pytest.raises(SchemaConflict, match=r"column 'b' is of type interval day to second, .*: cast it"):
        struct_from(T.StructType([T.StructField("a", nested)]))
