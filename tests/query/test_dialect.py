import pytest
from sqlglot import parse_one

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
