from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.functions import SPECIAL, find_unknown, known_functions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("uper(a)", "upper"),
        ("to_tmestamp(a)", "to_timestamp"),
        ("IFF(a, 1, 2)", "if"),
        ("group_concat(a)", "listagg"),
        ("strpos(a, 'b')", "locate"),
        ("safe_cast(a as int)", "try_cast"),
        ("convert(a, int)", "cast"),
        ("array_length(a)", "array_size"),
        ("unnest(a)", "explode"),
    ],
)
def test_a_function_that_spark_lacks_is_found_where_it_stands(call: str, wanted: str) -> None:
    query = f"select 'iff(' as b, {call} as c from t"
    (problem,) = find_unknown(query, parse_query(query).tree)
    name = call.split("(", maxsplit=1)[0]
    assert query[problem.offset :].startswith(name)
    assert problem.message == f"Spark has no function '{name}'. Did you mean '{wanted}'?"


def test_a_function_that_is_like_none_has_no_hint() -> None:
    query = "select foo(a) from t"
    (problem,) = find_unknown(query, parse_query(query).tree)
    assert problem.message == "Spark has no function 'foo'."


@pytest.mark.parametrize(
    "query",
    [
        "with a(x) as (select 1), b (y) as (select 2) select * from a join b on (x = y)",
        "select cast(a as decimal(12,2)), try_cast(a as map<string, int>), a in (1, 2), (a) is null from t",
        "select sum(a) over (partition by b), string_agg(a, ',') within group (order by a) from t",
        "select transform(a, x -> x + 1), aggregate(a, 0, (s, x) -> s + x), filter(a, x -> x > 1) from t",
        "select trim(both ' ' from a), extract(year from b), position('a' in b) from t",
        "select overlay(a placing 'b' from 1) from t",
        "select * from range(10) lateral view explode_outer(array(1)) as y",
        "select timestampadd(day, 1, a), timestampdiff(day, a, b), dateadd(day, 1, a), `upper`(c) from t",
        "select * except (a) from values (1, 2) as t(a, b) where exists (select 1)",
        "select cat.sch.own(a) from t",
    ],
)
def test_what_spark_has_is_no_finding(query: str) -> None:
    parsed = parse_query(query)
    assert parsed.problem == ""
    assert list(find_unknown(query, parsed.tree)) == []


def test_the_list_is_what_the_locked_spark_says(spark: SparkSession) -> None:
    said = {row[0] for row in spark.sql("show system functions").collect()}
    assert known_functions() - SPECIAL == said


def test_special_words_are_functions_to_spark_all_the_same(spark: SparkSession) -> None:
    words = {
        "identifier": "identifier('current_date')()",
        "timediff": "timediff(day, current_date(), current_date())",
        "timestampadd": "timestampadd(day, 1, current_date())",
        "timestampdiff": "timestampdiff(day, current_date(), current_date())",
        "try_cast": "try_cast('1' as int)",
    }
    assert set(words) == SPECIAL
    assert len(spark.sql(f"select {', '.join(words.values())}").columns) == len(words)
