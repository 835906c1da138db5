from collections.abc import Callable
from typing import Any

import duckdb
import pytest


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("split('a,b', ',', 1)", "split() with a limit"),
        ("split('ab', '')", "split() by a pattern that matches nothing"),
        ("regexp_extract('a', 'a', 1)", "has 0 groups: there is no group 1"),
        ("regexp_replace('a', x, 'b') from values ('a') as t(x)", "has to be a constant here"),
        ("regexp_extract('a', '(?<n>a', 1)", "is not read here"),
        ("sha2('a', 512)", "sha2() is answered for 256 bits here"),
        ("locate('a', 'ba', 2)", "use substring before"),
    ],
)
def test_what_cannot_be_given_exactly_is_refused(refusal: Callable[[str], str], sql: str, says: str) -> None:
    assert says in refusal(f"select {sql}")


@pytest.mark.parametrize("sql", ["upper('ﬁ')", "lower('ΑΣ')", "lower('İ')", "initcap('ßa')"])
def test_a_letter_whose_case_differs_is_an_error(ask: Callable[[str], list[Any]], sql: str) -> None:
    with pytest.raises(duckdb.Error, match="has another case in Spark"):
        ask(f"select {sql}")
