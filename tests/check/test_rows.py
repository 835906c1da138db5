"""Row rules: tables of cases, and any rows against a plain model of the rules in Python."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakemesh.check import cast_rule, mark, not_null_rule, required_rule
from lakemesh.check.rows import domain_of, judge
from lakemesh.errors import RunError
from lakemesh.spec.expectations import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

SCHEMA = "a double, b double, s string"
ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from([0.0, -0.0, 1.0, 2.5, -1.0, math.nan, math.inf, -math.inf]) | st.floats(),
        st.none() | st.sampled_from([0.0, 1.0, 2.5, math.nan]),
        st.none() | st.sampled_from(["", "a", "ab", "ä", "😀", " "]) | st.text("ab\n", max_size=4),
    ),
    max_size=12,
)
EXPECT = "expect_column_values_to_"
PAIR = "expect_column_pair_values_"
SAID: dict[str, dict[str, Any]] = {
    f"{EXPECT}not_be_null": {"column": "a", "mostly": 0.5},
    f"{EXPECT}be_null": {"column": "s", "mostly": 0.3},
    f"{EXPECT}be_in_set": {"column": "a", "value_set": [0, 2.5]},
    f"{EXPECT}not_be_in_set": {"column": "s", "value_set": ["", "ab"], "mostly": 0.7},
    f"{EXPECT}be_between": {
        "column": "a",
        "min_value": 0,
        "max_value": 2.5,
        "strict_max": True,
        "mostly": 0.4,
    },
    "expect_column_value_lengths_to_be_between": {"column": "s", "min_value": 1, "max_value": 2},
    f"{EXPECT}match_regex": {"column": "s", "regex": "a", "mostly": 0.6},
    f"{EXPECT}not_match_regex": {"column": "s", "regex": "^a"},
    f"{PAIR}to_be_equal": {"column_A": "a", "column_B": "b", "mostly": 0.2},
    f"{PAIR}a_to_be_greater_than_b": {"column_A": "a", "column_B": "b", "or_equal": True},
}


def order(value: float) -> tuple[bool, float]:
    """Spark's order of doubles: NaN is larger than everything, and equal to itself."""
    return (True, 0.0) if math.isnan(value) else (False, value)


def model(kind: str, said: Any, row: Any) -> bool | None:
    """Whether a row is as expected; None where it is not judged."""
    if kind.startswith(PAIR):
        return model_pair(kind, row[said["column_A"]], row[said["column_B"]])
    value = row[said["column"]]
    if kind.endswith("be_null"):
        return (value is None) == (kind == f"{EXPECT}be_null")
    if value is None:
        return None
    match kind.removeprefix(EXPECT):
        case "be_in_set":
            return bool(value in said["value_set"])
        case "not_be_in_set":
            return bool(value not in said["value_set"])
        case "be_between":
            return order(said["min_value"]) <= order(value) < order(said["max_value"])
        case "match_regex":
            return re.search(said["regex"], value) is not None
        case "not_match_regex":
            return re.search(said["regex"], value) is None
        case _:
            return bool(said["min_value"] <= len(value) <= said["max_value"])


def model_pair(kind: str, a: float | None, b: float | None) -> bool | None:
    if a is None and b is None:
        return None
    if a is None or b is None:
        return kind != f"{PAIR}to_be_equal"
    return order(a) == order(b) if kind == f"{PAIR}to_be_equal" else order(a) >= order(b)


def test_every_case_of_a_row_rule(row_case: Any, prove: Callable[..., None]) -> None:
    prove(*row_case)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_rows_are_judged_as_the_model_says(
    spark: SparkSession, judge_frame: Callable[..., Any], rows: list[Any]
) -> None:
    frame = spark.createDataFrame(rows, SCHEMA).coalesce(1)
    rules = [Rule.model_validate({kind: said, "name": kind}) for kind, said in SAID.items()]
    outcome = judge_frame(frame, rules)
    for kind, said in SAID.items():
        told = [model(kind, said, dict(zip("abs", row, strict=True))) for row in rows]
        judged = [one for one in told if one is not None]
        result = outcome.results[kind]
        assert outcome.marked[kind] == [index for index, one in enumerate(told) if one is False], kind
        assert result.unexpected_count == judged.count(False)
        assert result.success == (not judged or judged.count(True) / len(judged) >= said.get("mostly", 1))
        assert result.missing_count in (None, len(rows) - len(judged))


def test_a_failed_cast_is_told_with_its_raw_text(
    spark: SparkSession, judge_frame: Callable[..., Any]
) -> None:
    rows = [(1, None), (None, {"typed.n": "1O0"}), (None, {"other.n": "x"}), (2, {})]
    frame = spark.createDataFrame(rows, "n int, _cast_errors map<string,string>").coalesce(1)
    outcome = judge_frame(frame, [cast_rule("typed", "n", "reject"), cast_rule("typed", "m", "null")])
    assert outcome.marked == {"cast.typed.n": [1], "cast.typed.m": []}
    assert outcome.values["cast.typed.n"] == ["1O0"]
    assert not outcome.results["cast.typed.n"].success
    assert outcome.results["cast.typed.m"].success


def test_a_cast_whose_errors_were_dropped_is_refused(spark: SparkSession) -> None:
    with pytest.raises(RunError, match="a later step did not keep it"):
        mark(spark.createDataFrame([], "n int"), [cast_rule("typed", "n", "fail")], lambda f, n, m: f, "out")


def test_keys_and_required_columns_must_have_a_value(
    spark: SparkSession, judge_frame: Callable[..., Any]
) -> None:
    frame = spark.createDataFrame([("a",), (None,)], "k string").coalesce(1)
    outcome = judge_frame(frame, [not_null_rule("k", "key_not_null"), required_rule("k")])
    assert outcome.marked == {"key_not_null.k": [1], "required.k": [1]}


def test_rules_with_one_domain_share_a_count() -> None:
    def rule(kind: str, **said: Any) -> Rule:
        return Rule.model_validate({kind: said})

    a = rule(f"{EXPECT}be_between", column="a", min_value=0)
    b = rule(f"{EXPECT}be_in_set", column="a", value_set=[1])
    assert domain_of(a) == domain_of(b)
    one = rule(f"{PAIR}to_be_equal", column_A="a", column_B="b")
    other = rule(f"{PAIR}a_to_be_greater_than_b", column_A="b", column_B="a")
    assert domain_of(one) == domain_of(other) != domain_of(a)


def test_a_table_rule_judges_no_row(spark: SparkSession) -> None:
    rule = Rule.model_validate({f"{EXPECT}be_unique": {"column": "a"}})
    with pytest.raises(ValueError, match="judges no single row"):
        judge(rule, spark.createDataFrame([], "a int").schema)
