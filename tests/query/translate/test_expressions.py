from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select interval '1-2' year to month", "write a number and a unit"),
        ("select array(1, 2)[0:1]", "is not answered here"),
        ("select 1:a", "a path with : is read from a text"),
        ("select cast('1' as int format 'x')", ""),
        ("select 1 in (select 1, 2)", "IN takes a query of one column"),
        ("select (select 1, 2)", "gives one column"),
        ("select transform(array(1), 2)", "transform() takes a lambda"),
    ],
)
def test_what_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(sql)


def test_a_path_into_json(ask: Callable[[str], list[Any]]) -> None:
    sql = """select r:a.b[0], r:a::string, r:n::int from (select '{"a":{"b":["x"]},"n":3}' as r)"""
    assert ask(sql) == ["x", '{"b":["x"]}', 3]
