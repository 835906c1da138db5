from collections.abc import Callable
from typing import Any

import duckdb
import pytest

Ask = Callable[[str], list[Any]]
Refusal = Callable[[str], str]


def test_bad_text_is_an_error_or_null_where_it_is_tried(ask: Ask) -> None:
    assert ask("select try_cast('1.5' as int), try_cast('1_000' as double)") == [None, None]
    with pytest.raises(duckdb.Error, match="cannot cast '1_000' to double: use try_cast for NULL"):
        ask("select cast('1_000' as double)")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select cast(array(1) as string)", "use to_json"),
        ("select cast(date'2026-01-01' as int)", "date cannot be cast to int here"),
        ("select cast(map('a', 1) as array<int>)", "cannot be cast"),
    ],
)
def test_a_cast_that_spark_prints_in_its_own_way_is_refused(refusal: Refusal, sql: str, says: str) -> None:
    assert says in refusal(sql)


def test_a_double_that_java_prints_otherwise_is_refused_when_it_comes(ask: Ask) -> None:
    assert ask("select cast(2.5D as string)") == ["2.5"]
    with pytest.raises(duckdb.Error, match="has another text in Spark: cast it to a decimal first"):
        ask("select cast(1e10 as string)")
