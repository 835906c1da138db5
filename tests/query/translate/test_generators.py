from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select explode(array(1)), explode(array(2))", "one explode() in a SELECT"),
        ("select explode(1)", "explode() takes an array or a map: this is of type int"),
        ("select x from values (array(1)) as t(a) lateral view explode(a) u as x, y", "gives 1 columns"),
        ("select inline(array(1))", "inline() takes an array of structs"),
    ],
)
def test_what_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(sql)
