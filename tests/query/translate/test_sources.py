from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select * from range(3) tablesample (10 percent)", "'sample' in FROM is not answered here"),
        ("select * from values (1) as a(x) natural join values (1) as b(x)", "'method' in JOIN"),
        ("select * from values (1, 2) as t(x)", "t has 2 columns, and 1 names"),
        ("select * from values (1) as a(x) join values ('a') as b(x) using (x)", "write ON with a cast"),
        ("select * from values (1) as a(x) join values (1) as b(y) using (y)", "both sides need a column"),
        ("select * from nope(1)", "nope() is no table here"),
    ],
)
def test_what_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(sql)
