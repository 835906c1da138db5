from collections.abc import Callable

import pytest

from lakemesh.query.statement import read_statement
from lakemesh.query.translate import translate


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select 1 + 1, upper('a'), 2 as two", ["1 + 1", "upper('a')", "two"]),
        ("select s.a, S from values (named_struct('a', 1)) as t(s)", ["a", "S"]),
        ("select explode(map('a', 1))", ["key", "value"]),
        ("select posexplode(array(1)) as (p, c)", ["p", "c"]),
        ("select count(*), count(distinct x) from values (1) as t(x)", ["count(*)", "count(DISTINCT x)"]),
        ("select * except (x) from values (1, 2) as t(x, y)", ["y"]),
    ],
)
def test_headings(sql: str, names: list[str]) -> None:
    assert [name for name, _ in translate(read_statement(sql).tree, {}, "UTC").columns] == names


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select * except (z) from values (1) as t(x)", "EXCEPT names no column: 'z'. Known: x"),
        ("select nope.* from values (1) as t(x)", "nothing called 'nope'"),
        ("select *", "nothing to select"),
    ],
)
def test_what_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(sql)
