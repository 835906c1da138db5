from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("try_add(1.5, 1)", "whole numbers here"),
        ("round(1.5, x) from values (1) as t(x)", "the places of round() has to be a whole number"),
        ("format_number(1.5D, 2)", "cast the double first"),
        ("coalesce(1, array(1))", "do not go together"),
        ("typeof(interval 1 day)", "not answered here"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
