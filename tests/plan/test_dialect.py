from __future__ import annotations

import pytest
from pyspark.errors import ArithmeticException, ParseException
from pyspark.sql import SparkSession

from lakemesh.plan.queries import parse_expression, parse_query

REFUSED = [
    ("select a from t limit 5, 10", "LIMIT takes one number: write LIMIT n OFFSET m", ", 10"),
    ("select a from t where a similar to 'x'", "Spark has no SIMILAR TO", "similar to"),
    ("select * replace (1 as a) from t", "Spark has no * REPLACE", "replace (1"),
    (
        "select a from t group by",
        "nothing stands after this GROUP BY: name the columns that make a group, or leave it out",
        "group by",
    ),
    (
        "select a from (select a from t group by) x",
        "nothing stands after this GROUP BY: name the columns that make a group, or leave it out",
        "group by",
    ),
    (
        "select a from t group by having a > 1",
        "nothing stands after this GROUP BY: name the columns that make a group, or leave it out",
        "group by",
    ),
    ("select cast(a as text) from t", "'text' is no type of Spark. Did you mean 'string'?", "text)"),
    ("select a::text as b from t", "'text' is no type of Spark", "text as"),
    ("select try_cast(f(a as b) as array<strin>) from t", "'strin' is no type of Spark", "array<"),
    ("select cast(a as decimal(39,2)) from t", "decimal(39,2) is out of range", "decimal(39"),
    (
        "with a as (select 1), a as (select 2) select * from a",
        "WITH names 'a' twice: give the second another name",
        "a as (select 2",
    ),
]
TAKEN = [
    "select a from t limit 5 offset 10",
    "select a::string::date as text, 1L as l, 2.5BD as d from t group by all",
    "select cast(named_struct('b', cast(1 as int)) as struct<b: int, `c d`: map<string, date>>) from t",
    "select cast(a as interval day), cast(a as varchar(3)), cast(a as char(2)), cast(1 as dec(3)) from t",
    "with a as (with b as (select 1) select * from b), b as (select 2) select * from a, b",
    "select 2 * replace(a, 'x', '1') as n from t",
    "select get_json_object(a, '$.b:c'), f(x => 1) from t",
]


@pytest.mark.parametrize(("sql", "problem", "rest"), REFUSED)
def test_what_spark_refuses_is_said_where_it_stands(
    spark: SparkSession, sql: str, problem: str, rest: str
) -> None:
    parsed = parse_query(sql)
    assert parsed.tree is None
    assert parsed.problem.startswith(problem)
    assert sql[parsed.offset :].startswith(rest)
    assert not _spark_takes(spark, sql)


@pytest.mark.parametrize("sql", TAKEN)
def test_what_spark_takes_is_taken(spark: SparkSession, sql: str) -> None:
    assert parse_query(sql).problem == ""
    assert _spark_takes(spark, sql)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("select n from t where n > :least", ":least"),
        ("select n from t where n in (:a, 1)", ":a"),
        ("select n + ? from t", "?"),
        ("select n from t limit @few", "@few"),
    ],
)
def test_a_parameter_is_said_where_it_stands(sql: str, name: str) -> None:
    parsed = parse_query(sql)
    assert parsed.problem == f"'{name}' is a parameter, and nothing gives it a value: write the value"
    assert sql[parsed.offset :].startswith(name)


def test_a_path_behind_a_colon_is_databricks_own() -> None:
    parsed = parse_expression("upper(a:b.c)")
    assert (parsed.tree, parsed.offset) == (None, 6)
    assert parsed.problem == "Spark reads no path behind a colon: write get_json_object(text, '$.field')"


def _spark_takes(spark: SparkSession, sql: str) -> bool:
    try:
        spark._jsparkSession.sessionState().sqlParser().parsePlan(sql)  # type: ignore[attr-defined]
    except (ParseException, ArithmeticException):
        return False
    return True
