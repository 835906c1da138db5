"""Maps by the order of their keys, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from lakemesh.spec.types import parse_type
from lakemesh.write.maps import ordered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ONE, OTHER = "map('x', 1, 'y', 2)", "map('y', 2, 'x', 1)"


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("map<string,int>", "{}"),
        ("array<map<string,int>>", "array({}, null)"),
        ("struct<a:int,m:map<string,int>>", "named_struct('a', 1, 'm', {})"),
        ("map<string,map<string,int>>", "map('k', {}, 'n', null)"),
        ("map<int,struct<m:map<string,int>>>", "map(1, named_struct('m', {}), 0, null)"),
    ],
)
def test_equal_maps_are_written_alike(spark: SparkSession, kind: str, made: str) -> None:
    frame = spark.sql(
        f"select {made.format(ONE)} as one, {made.format(OTHER)} as other, cast(null as {kind}) as no"
    )
    columns = [ordered(F.col(name), parse_type(kind)) for name in ("one", "other", "no")]
    row: Any = frame.select(*(F.to_json(F.struct(column.alias("v"))) for column in columns)).first()
    assert row[0] == row[1]
    assert row[2] == "{}"
    kept: Any = frame.select(columns[0].alias("v"), F.expr("one").alias("was")).first()
    assert kept["v"] == kept["was"]


def test_a_value_without_a_map_is_left_as_it_is(spark: SparkSession) -> None:
    column = F.col("a")
    assert ordered(column, parse_type("struct<a:array<int>>")) is column
