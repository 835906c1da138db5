"""Columns by the paths that rules write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakemesh.check.columns import field_of, find
from lakemesh.errors import RunError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "a int, A2 string, `o.x` date, o struct<x: int, `p.q`: struct<r: double>, `odd ``one```: int>,"
    " m map<string, int>, n map<int, int>, lines array<struct<price: int>>,"
    " s struct<m: map<string, struct<z: int>>>"
)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    said = (
        "select 1 a, 'x' A2, date'2026-01-01' `o.x`,"
        " named_struct('x', 7, 'p.q', named_struct('r', 1.5D), 'odd `one`', 9) o,"
        " map('k', 3, 'k.l', 4) m, map(1, 2) n, array(named_struct('price', 1)) lines,"
        " named_struct('m', map('k', named_struct('z', 5))) s"
    )
    return spark.sql(said)


def test_paths_lead_to_values(frame: DataFrame) -> None:
    wanted = {
        "a": ("int", "1"),
        "a2": ("string", "x"),
        "o.x": ("date", "2026-01-01"),
        "O.X": ("date", "2026-01-01"),
        "o.p.q.r": ("double", "1.5"),
        "o.odd `one`": ("int", "9"),
        "m.k": ("int", "3"),
        "m.k.l": ("int", "4"),
        "m.none": ("int", None),
        "s.m.k.z": ("int", "5"),
        "lines": ("array<struct<price:int>>", "[{1}]"),
    }
    found = {path: find(frame.schema, path, "rule") for path in wanted}
    row = frame.select(*(one.column.cast("string") for one in found.values())).first()
    assert row is not None
    told = {path: one.kind.simpleString() for path, one in found.items()}
    assert {path: (told[path], value) for path, value in zip(found, row, strict=True)} == wanted


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("b", "rule 'r' reads column 'b', which is not there. Known: a, A2, o.x, o, m, n, lines, s."),
        (
            "o.y",
            "rule 'r' reads column 'o.y', which is not there. Known: o.x, o.p.q, o.odd `one`. Did you mean",
        ),
        ("a.b", "rule 'r' reads column 'a.b', which is not there."),
        ("n.1", "rule 'r' reads column 'n.1', which is not there."),
        ("lines.price", "'lines' is an array, and a rule judges one value of each row. Explode it in a step"),
    ],
)
def test_what_is_not_there_is_told(frame: DataFrame, path: str, message: str) -> None:
    with pytest.raises(RunError) as refused:
        find(frame.schema, path, "r")
    assert message in str(refused.value)


def test_the_very_name_comes_before_another_case() -> None:
    from pyspark.sql.types import IntegerType, StringType, StructType

    schema = StructType().add("a", IntegerType()).add("A", StringType())
    found = [field_of(schema, name) for name in ("a", "A", "b")]
    assert [field and field.name for field in found] == ["a", "A", None]
