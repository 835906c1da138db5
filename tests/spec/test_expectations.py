from __future__ import annotations

import typing
from typing import Any

import pytest
from pydantic import ValidationError

from lakemesh.spec.expectations import LATER, AnyExpectation, Rule

BUILT = {
    typing.get_args(kind.model_fields["kind"].annotation)[0]: kind
    for kind in typing.get_args(typing.get_args(AnyExpectation)[0])
}


def rule(**said: Any) -> Rule:
    return Rule.model_validate(said)


def test_eighteen_expectations_are_built_and_none_of_them_later() -> None:
    assert len(BUILT) == 18
    assert not set(BUILT) & LATER


def test_a_rule_is_said_under_its_expectations_name() -> None:
    said = rule(expect_column_values_to_be_between={"column": "a", "min_value": "1.50"}, onFailure="drop")
    assert said.label == "expect_column_values_to_be_between.a"
    assert said.expectation.min_value == 1.5  # type: ignore[union-attr]
    assert (said.severity, said.on_failure) == ("warning", "drop")
    assert rule(expect_column_to_exist={"column": "a"}, name="there").label == "there"


def test_a_pair_is_labelled_by_both_columns() -> None:
    said = rule(expect_column_pair_values_to_be_equal={"column_A": "a", "column_B": "b"})
    assert said.label == "expect_column_pair_values_to_be_equal.a.b"


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("expect_column_values_to_not_be_null", "row"),
        ("expect_column_values_to_be_unique", "grouped"),
        ("expect_column_to_exist", "schema"),
    ],
)
def test_where_a_rule_is_decided(kind: str, level: str) -> None:
    assert rule(**{kind: {"column": "a"}}).expectation.level == level


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"name": "x"}, "a rule is one expectation"),
        ({"expect_column_to_exist": ["a"]}, "must be a map"),
        ({"expect_column_values_to_be_between": {"column": "a"}}, "needs min_value or max_value"),
        ({"expect_column_values_to_not_be_null": {"column": "a", "mostly": 1.1}}, "less than or equal to 1"),
        (
            {"expect_column_values_to_be_unique": {"column": "a"}, "onFailure": "drop"},
            "judges the whole table",
        ),
        ({"expect_column_to_exist": {"column": "a"}, "onFailure": "quarantine"}, "use warn or fail"),
        ({"expect_column_to_exist": {"column": "a"}, "severity": "high"}, "critical"),
    ],
)
def test_rules_that_are_none(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        rule(**said)
