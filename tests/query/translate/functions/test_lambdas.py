from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("transform(array(1), (a, b, c) -> a)", "this lambda has 3 parameters"),
        ("aggregate(array(1.5), 0, (acc, x) -> acc + x)", "begins with a int and goes on with a decimal"),
        ("filter(array(1), x -> x)", "a condition is true or false"),
        ("map_filter(array(1), (k, v) -> true)", "a map is wanted"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
