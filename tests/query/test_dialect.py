import duckdb
import pytest
from sqlglot import parse_one

from lakemesh.errors import QueryError
from lakemesh.query.dialect import to_duckdb


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select at from t", 'SELECT "at" FROM "t"'),
        ("select t.at from t", 'SELECT "t"."at" FROM "t"'),
        ("select count(*) from t", 'SELECT COUNT(*) AS "count(*)" FROM "t"'),
        ("select explode(a) from t", 'SELECT UNNEST("a") AS "col" FROM "t"'),
        ("select current_timezone()", "SELECT 'Asia/Tokyo' AS \"current_timezone()\""),
        ("select a / 2 as h from t", 'SELECT "a" / 2 AS "h" FROM "t"'),
        ("select a / nullif(b, 0) as h from t", 'SELECT "a" / NULLIF("b", 0) AS "h" FROM "t"'),
    ],
)
def test_a_query_in_duckdb_s_words(sql: str, wanted: str) -> None:
    assert to_duckdb(parse_one(sql, read="databricks"), "Asia/Tokyo") == wanted


def test_a_divisor_that_may_be_zero_is_guarded() -> None:
    sql = to_duckdb(parse_one("select a / b as c from t", read="databricks"), "UTC")
    assert "CASE WHEN" in sql
    assert "division by zero" in sql


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        # what Spark gives: cut towards zero, booleans as 1 and 0, days from Sunday 1, weekdays from Monday 0
        ("cast(1.9 as int)", 1),
        ("cast(-2.5 as bigint)", -2),
        ("cast(cast(2.99 as double) as int)", 2),
        ("int(2.7)", 2),
        ("cast(9007199254740993 as bigint)", 9007199254740993),
        ("cast(true as int)", 1),
        ("cast(' 12 ' as int)", 12),
        ("try_cast('1.9' as int)", None),
        ("cast(null as int)", None),
        ("cast(4 / 2 as int)", 2),
        ("dayofweek(date'2026-01-04')", 1),
        ("weekday(date'2026-01-04')", 6),
    ],
)
def test_a_number_is_what_databricks_would_give(sql: str, wanted: int | None) -> None:
    query = to_duckdb(parse_one(f"select {sql} as x", read="databricks"), "UTC")
    assert duckdb.sql(query).fetchall() == [(wanted,)]


@pytest.mark.parametrize("sql", ["hash('a')", "xxhash64(1)"])
def test_a_hash_of_another_kind_is_refused(sql: str) -> None:
    with pytest.raises(QueryError, match="gives other numbers here than on Databricks"):
        to_duckdb(parse_one(f"select {sql}", read="databricks"), "UTC")
