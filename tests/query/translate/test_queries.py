from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select 1 union all select array(1)", "is int on one side and array<int> on the other"),
        ("select 1 union all select 1, 2", "a set operation of 1 columns with 2"),
        ("select 1 as a union all by name select 2 as b", "two queries of the same names"),
        ("values (1), (1, 2)", "different numbers of columns"),
        ("with recursive r as (select 1) select * from r", "WITH RECURSIVE is not answered here"),
        ("with w(a, b) as (select 1) select * from w", "'w' has 1 columns, and 2 names"),
        ("select x from values (1) as t(x) sort by x", "'sort' in SELECT is not answered here"),
        ("select x from values (1) as t(x) where y > 1", "line 1, column 40: there is no column 'y'"),
    ],
)
def test_what_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(sql)
