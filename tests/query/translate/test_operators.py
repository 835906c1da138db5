from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pytest

Ask = Callable[[str], list[Any]]
Refusal = Callable[[str], str]


def test_a_quotient_of_decimals_is_exact_and_a_decimal(ask: Ask) -> None:
    (third,) = ask("select cast(1 as decimal(10,2)) / cast(3 as decimal(10,2))")
    assert third == Decimal("0.3333333333333")


def test_by_zero_is_an_error_even_among_rows(ask: Ask) -> None:
    with pytest.raises(duckdb.Error, match="use try_divide for NULL"):
        ask("select 1.5 / x from values (1), (0) as t(x)")
    assert ask("select case when x = 0 then 0 else 6 / x end from values (0), (3) as t(x)") == [0.0, 2.0]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select date'2026-01-02' - date'2026-01-01'", "use datediff or timestampdiff"),
        ("select interval 1 day", "is an interval"),
        ("select interval 1 month + interval 1 day", "do not go together in one interval"),
        ("select 5.5 div 2", "div is answered for whole numbers"),
        ("select array(1) + 1", "array<int> is no number"),
        ("select 1 = array(1)", "do not go together"),
        ("select 1.5 / 4L", "write it as a decimal"),
        ("select 'a' not like any ('b', 'c')", "write one LIKE after the other"),
        ("select 1 and true", "a condition is true or false: this is of type int"),
        ("select cast(1 as decimal(38,10)) * cast(1 as decimal(38,10))", "more than 38 digits"),
    ],
)
def test_what_is_refused(refusal: Refusal, sql: str, says: str) -> None:
    assert says in refusal(sql)
