from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("date_format(now(), 'VV')", "date_format(): 'VV' in the date pattern 'VV' is not read here"),
        ("date_format(now(), x) from values ('y') as t(x)", "a date pattern has to be a constant"),
        ("to_date('2026', 'YYYY')", "'YYYY' in the date pattern"),
        ("extract(century from now())", "extract() knows no field"),
        ("next_day(current_date(), 'x')", "'x' is no day of the week"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")
