from collections.abc import Callable

import pytest

from lakemesh.query.translate.functions import AGGREGATES, FUNCTIONS, LAMBDAS

Refusal = Callable[[str], str]


def test_no_name_is_in_two_tables() -> None:
    assert not set(FUNCTIONS) & set(AGGREGATES)
    assert not set(LAMBDAS) & (set(FUNCTIONS) | set(AGGREGATES))


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select hash(1)", "hash() gives other numbers here than on Databricks: use md5 or sha2"),
        ("select h3_longlatash3(1, 2, 3)", "is not answered here as on Databricks. Or run it in Spark"),
        ("select soundex('a')", "soundex() is not answered here as on Databricks. Or run it in Spark"),
        ("select foo(1)", "foo() is not answered here as on Databricks. Or run it in Spark"),
        ("select explode(array(1)) + 1", "explode() makes rows"),
        ("select row_number()", "stands over a window"),
        ("select upper('a') over ()", "upper() is no aggregate or window function"),
        ("select rank() over w", "there is no window 'w'"),
        ("select sum(*)", "sum(*) means nothing"),
        ("select exists(array(1), 2)", "exists(array, x -> ...)"),
        ("select upper(distinct 'a')", "upper() does not take"),
        ("select dateadd(fortnight, 1, now())", "'fortnight' is no unit of time"),
    ],
)
def test_what_is_refused(refusal: Refusal, sql: str, says: str) -> None:
    assert says in refusal(sql)
