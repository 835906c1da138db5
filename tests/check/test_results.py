"""Verdicts from counts, by the arithmetic of Great Expectations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.check import cast_rule, failing, not_null_rule, verdicts
from lakemesh.errors import RunError
from lakemesh.spec.expectations import Rule

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult

BETWEEN = "expect_column_values_to_be_between"


@pytest.fixture
def schema() -> Any:
    from pyspark.sql.types import IntegerType, StructType

    return StructType().add("a", IntegerType()).add("b", IntegerType())


def rule(kind: str = BETWEEN, on_failure: str = "warn", **said: Any) -> Rule:
    return Rule.model_validate({kind: said, "onFailure": on_failure})


def judged(schema: Any, one: Any, **counts: Any) -> CheckResult:
    (result,) = verdicts([one], {"out.0": counts}, schema, "out")
    return result


def test_a_result_says_its_rule(schema: Any) -> None:
    said = Rule.model_validate(
        {
            BETWEEN: {"column": "a", "min_value": 0, "mostly": 0.5},
            "name": "r",
            "severity": "critical",
            "onFailure": "drop",
        }
    )
    result = judged(schema, said, rows=10, unexpected_0=2, judged_0=8)
    assert (result.output, result.rule, result.expectation, result.columns) == ("out", "r", BETWEEN, ("a",))
    assert (result.severity, result.on_failure) == ("critical", "drop")
    assert json.loads(result.arguments) == {"column": "a", "min_value": 0, "mostly": 0.5}
    assert (result.element_count, result.missing_count, result.unexpected_count) == (10, 2, 2)
    assert result.unexpected_percent == 25
    assert result.success


@pytest.mark.parametrize(
    ("mostly", "judged_count", "unexpected", "success"),
    [
        (1, 10, 0, True),
        (1, 10, 1, False),
        (0.9, 10, 1, True),
        (0.91, 10, 1, False),
        (0, 10, 10, True),
        (0.7, 10, 3, True),
        (2 / 3, 3, 1, True),
        (1, 0, 0, True),
        (1, None, None, True),
    ],
)
def test_mostly_divides_by_the_rows_judged(
    schema: Any, mostly: float, judged_count: int | None, unexpected: int | None, success: bool
) -> None:
    one = rule(column="a", min_value=0, mostly=mostly)
    result = judged(schema, one, rows=20, unexpected_0=unexpected, judged_0=judged_count)
    assert result.success is success


def test_nothing_judged_has_no_percent(schema: Any) -> None:
    result = judged(schema, rule(column="a", min_value=0), rows=2, unexpected_0=0, judged_0=0)
    assert (result.success, result.unexpected_percent, result.missing_count) == (True, None, 2)


def test_built_in_rules_judge_every_row(schema: Any) -> None:
    for one in (not_null_rule("a", "key_not_null"), cast_rule("typed", "a", "reject")):
        result = judged(schema, one, rows=4, unexpected_0=1)
        assert (result.rule, result.unexpected_percent, result.missing_count) == (one.label, 25, None)
        assert not result.success


def test_deletes_are_no_elements_of_rules_that_do_not_judge_them(schema: Any) -> None:
    counts = {"rows": 10, "exempt": 4, "unexpected_0": 1, "judged_0": 5}
    assert judged(schema, rule(column="a", min_value=0), **counts).missing_count == 1
    assert judged(schema, not_null_rule("a", "key_not_null"), **counts).element_count == 10


def test_counts_of_several_observations_make_one_result_each(schema: Any) -> None:
    rules = [rule(column="a", min_value=index) for index in range(18)]
    metrics = {
        "out.0": {"rows": 5, "judged_0": 4, **{f"unexpected_{index}": 0 for index in range(16)}},
        "out.1": {"judged_16": 4, "unexpected_16": 1, "unexpected_17": 2},
    }
    results = verdicts(rules, metrics, schema, "out")
    assert [result.unexpected_count for result in results[14:]] == [0, 0, 1, 2]
    assert results[17].rule == f"{BETWEEN}.a (18)"
    assert {result.missing_count for result in results} == {1}


def test_what_stops_a_run(schema: Any) -> None:
    rules = [
        rule(on_failure=on, column=column, min_value=0)
        for on, column in (("fail", "a"), ("warn", "b"), ("fail", "b"))
    ]
    counts = {
        "rows": 2,
        "judged_0": 2,
        "judged_1": 2,
        "unexpected_0": 0,
        "unexpected_1": 1,
        "unexpected_2": 1,
    }
    results = verdicts(rules, {"out.0": counts}, schema, "out")
    assert failing(results) == (results[2],)


def test_a_count_that_did_not_come_is_no_zero(schema: Any) -> None:
    with pytest.raises(RunError, match="the count 'rows' did not come back"):
        judged(schema, rule(column="a", min_value=0))
    with pytest.raises(RunError, match="the count 'unexpected_0' did not come back"):
        judged(schema, rule(column="a", min_value=0), rows=1)
    with pytest.raises(RunError, match="the count 'holds_0' did not come back"):
        judged(schema, rule("expect_column_max_to_be_between", column="a", min_value=0), rows=1)


def test_an_aggregate_tells_what_it_saw(schema: Any) -> None:
    one = rule("expect_column_max_to_be_between", column="a", min_value=0)
    held = judged(schema, one, rows=1, value_0="3", holds_0=1)
    assert (held.success, held.observed_value, held.unexpected_count) == (True, "3", None)
    assert not judged(schema, one, rows=0, value_0=None, holds_0=0).success
