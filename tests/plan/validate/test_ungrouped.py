from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.ungrouped import ungrouped

NEVER = [
    ("select a, count(*) from t", ["a"]),
    ("select a, b, max(b) from t group by b", ["a"]),
    ("select upper(a) as x, b + 1 as y from t group by t.b", ["a"]),
    ("select a from t having count(*) > 1", ["a"]),
    ("select s.c, b, count(*) from t group by b", ["c"]),
    ("select b, first(a) + length(a) from t group by b", ["a"]),
    ("select case when a = 'x' then max(b) end from t", ["a"]),
]
TAKEN = [
    "select a, b from t",
    "select a, count(*) from t group by a",
    "select T.A, count(*) from t group by a",
    "select upper(a) as x, count(*) from t group by x",
    "select upper(a), count(*) from t group by upper(a)",
    "select a, count(*) from t group by 1",
    "select a, count(*) from t group by all",
    "select a, b, count(*) from t group by a, b with rollup",
    "select s.c, count(*) from t group by s",
    "select s.c as d, count(*) from t group by s.c",
    "select a, max(b) as m, m + 1 as n from t group by a",
    "select a, any_value(b) filter (where b > 1), first(b) ignore nulls from t group by a",
    "select a, sum(b) over (partition by a) from t",
    "select b, (select max(b) from t) as m from t",
    "select a from t where exists (select a, count(*) from t u group by u.a having t.b > 1)",
    "select b, percentile_cont(0.5) within group (order by length(a)), max(struct(a, s)).a from t group by b",
    "select b, max_by(a, b), count_if(a = 'x'), regr_r2(b, b), any(b > 1), array_agg(a)[0] from t group by b",
    "select first(struct(s)).s.c, datediff(day, min(now()), max(now())) from t",
    "select count(*), collect_set(a), current_date(), 1 from t",
]


@pytest.fixture
def rows(spark: SparkSession) -> SparkSession:
    spark.sql("select 'a' as a, 1 as b, named_struct('c', 1) as s").createOrReplaceTempView("t")
    yield spark
    spark.catalog.dropTempView("t")


def test_what_is_no_group_is_found_and_spark_refuses_it(rows: SparkSession) -> None:
    for sql, names in NEVER:
        assert [column.name for column, _ in ungrouped(parse_query(sql).tree)] == names, sql
        with pytest.raises(AnalysisException):
            rows.sql(sql)


def test_what_spark_takes_is_taken(rows: SparkSession) -> None:
    from sqlglot import exp

    for sql in TAKEN:
        selects = parse_query(sql).tree.find_all(exp.Select)
        assert [one for select in selects for one in ungrouped(select)] == [], sql
        rows.sql(sql)
