from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakemesh.plan.validate.castable import why_not_castable
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SIMPLE = (
    "string boolean tinyint smallint int bigint float double decimal(12,2) date timestamp timestamp_ntz"
    " binary variant"
).split()
NESTED = [
    "array<int>", "array<date>", "array<struct<a:int>>", "map<string,int>", "map<int,date>", "struct<a:int>",
    "struct<a:int,b:array<string>>",
]  # fmt: skip


def castable(found: str, wanted: str) -> bool:
    return not why_not_castable(parse_type(found), parse_type(wanted))


@pytest.mark.parametrize(
    ("found", "wanted", "why"),
    [
        ("date", "int", "a date does not become an int"),
        ("int", "timestamp_ntz", "an int does not become a timestamp_ntz"),
        ("string", "array<int>", "a string does not become an array<int>"),
        ("array<int>", "int", "an array<int> does not become an int"),
        ("array<date>", "array<int>", "a date does not become an int"),
        ("map<string,date>", "map<string,int>", "a date does not become an int"),
        (
            "map<string,int>",
            "map<int,int>",
            "its keys are string, and a key may not be lost on its way to int",
        ),
        (
            "map<bigint,int>",
            "map<int,int>",
            "its keys are bigint, and a key may not be lost on its way to int",
        ),
        ("struct<a:int,b:date>", "struct<a:int,b:int>", "in 'b', a date does not become an int"),
        ("struct<a:int>", "struct<b:int>", "it has the fields a, and a cast keeps them and their order"),
        ("array<struct<a:date>>", "array<struct<a:int>>", "in 'a', a date does not become an int"),
        ("map<string,int>", "variant", "a map<string,int> does not become a variant: use to_variant_object"),
        ("variant", "map<int,int>", "the keys of a variant are text, not int"),
    ],
)
def test_why_a_type_does_not_become_another(found: str, wanted: str, why: str) -> None:
    assert why_not_castable(parse_type(found), parse_type(wanted)).startswith(why)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("struct<A:int,b:string>", "struct<a:string,b:int>"),
        ("array<struct<a:string>>", "array<struct<a:date>>"),
        ("map<int,string>", "map<bigint,decimal(5,2)>"),
        ("array<int>", "string"),
        ("array<int>", "variant"),
        ("variant", "struct<a:array<date>>"),
        ("void", "array<int>"),
    ],
)
def test_types_that_become_others(found: str, wanted: str) -> None:
    assert castable(found, wanted)


def test_sql_casts_structs_by_position() -> None:
    assert why_not_castable(parse_type("struct<a:int>"), parse_type("struct<b:int>"), named=False) == ""
    assert why_not_castable(parse_type("struct<a:int>"), parse_type("struct<b:int,c:int>"), named=False)


def test_spark_casts_what_is_castable_and_nothing_else(spark: SparkSession) -> None:
    from pyspark.errors import AnalysisException

    def sql(found: str, wanted: str) -> str:
        return f"try_cast(cast(null as {found}) as {wanted})"

    every = [(one, other) for one in (*SIMPLE, *NESTED) for other in (*SIMPLE, *NESTED)]
    right = [pair for pair in every if castable(*pair)]
    assert len(spark.sql("select " + ", ".join(sql(*pair) for pair in right)).columns) == len(right)
    taken = []
    for one in SIMPLE:
        for other in (wanted for wanted in (*SIMPLE, "array<int>") if not castable(one, wanted)):
            try:
                spark.sql("select " + sql(one, other))
                taken.append((one, other))
            except AnalysisException:
                continue
    assert taken == []
