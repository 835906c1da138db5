from collections.abc import Callable
from typing import Any


def test_a_pivot(ask: Callable[[str], list[Any]]) -> None:
    rows = "select 'x' as c, 1 as v union all select 'x', 2"
    assert ask(f"select * from ({rows}) pivot (sum(v) for c in ('x', 'y'))") == [3, None]


def test_an_unpivot_is_refused(refusal: Callable[[str], str]) -> None:
    assert "run them in Spark" in refusal("select * from (select 1 as a) unpivot (v for k in (a))")
