from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("percentile(x, array(0.5)) from values (1) as t(x)", "one at a time here: no array of them"),
        ("percentile(x, 2) from values (1) as t(x)", "between 0 and 1"),
        ("kurtosis(x) from values (1) as t(x)", "kurtosis() is not answered here"),
        ("mode(x) from values (1) as t(x)", "mode() is not answered here"),
        ("lag(x) from values (1) as t(x)", "lag() stands over a window"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
