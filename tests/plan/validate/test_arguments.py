from __future__ import annotations

from typing import Any

import pytest
import yaml

from lakemesh.plan.validate.arguments import short, wrong_for_types
from lakemesh.spec.expectations import Rule
from lakemesh.spec.types import parse_type

KINDS = {
    "code": "string", "amount": "decimal(12,2)", "n": "bigint", "ratio": "double", "done": "boolean",
    "day": "date", "at": "timestamp", "bytes": "binary", "items": "array<struct<sku:string>>",
    "labels": "map<string,string>",
}  # fmt: skip


def wrong(text: str) -> list[tuple[Any, ...]]:
    rule = Rule.model_validate(yaml.safe_load(text))

    def kind_of(name: str) -> Any:
        return parse_type(KINDS[name]) if name in KINDS else None

    return [(".".join(map(str, path)), why) for path, why in wrong_for_types(rule.expectation, kind_of)]


@pytest.mark.parametrize(
    ("rule", "at", "why"),
    [
        ("be_in_set: {column: code, value_set: [a, 1]}", "value_set.1", "1 is no text (put it in quotes"),
        ("not_be_in_set: {column: n, value_set: [1, x]}", "value_set.1", "'x' is no number: 'n' is bigint"),
        (
            "be_in_set: {column: items, value_set: [a]}",
            "value_set.0",
            "'a' cannot be compared with it: 'items'",
        ),
        (
            "be_between: {column: amount, min_value: none}",
            "min_value",
            "'none' is no number: 'amount' is decimal",
        ),
        (
            "be_between: {column: day, max_value: 5}",
            "max_value",
            "5 is no date such as 2026-01-31: 'day' is date",
        ),
        ("be_between: {column: code, min_value: 5}", "min_value", "5 is no text"),
        (
            "match_regex: {column: n, regex: x}",
            "column",
            "a regular expression is for text, and 'n' is bigint",
        ),
        (
            "not_match_regex: {column: items, regex: x}",
            "column",
            "'items' is array<struct<sku:string>>: cast it",
        ),
        ("be_unique: {column: labels}", "column", "'labels' is a map, and maps cannot be compared"),
        ("be_of_type: {column: n, type_: int}", "type_", "'n' is bigint: this rule can never hold"),
    ],
)
def test_arguments_that_no_value_of_the_column_can_meet(rule: str, at: str, why: str) -> None:
    ((found, said),) = wrong(f"expect_column_values_to_{rule}")
    assert found == at
    assert why in said


@pytest.mark.parametrize(
    ("rule", "at", "why"),
    [
        ("column_value_lengths_to_be_between: {column: n, min_value: 1}", "column", "a length is for text"),
        (
            "column_value_lengths_to_be_between: {column: code, min_value: 1.5}",
            "min_value",
            "is no whole number",
        ),
        (
            "column_value_lengths_to_be_between: {column: new, max_value: x}",
            "max_value",
            "'x' is no whole number",
        ),
        (
            "column_min_to_be_between: {column: done, min_value: 0}",
            "min_value",
            "0 is neither true nor false",
        ),
        (
            "column_sum_to_be_between: {column: code, min_value: 0}",
            "column",
            "'code' is string, and this rule",
        ),
        ("column_mean_to_be_between: {column: n, min_value: a}", "min_value", "'a' is no number"),
        ("table_row_count_to_be_between: {min_value: few}", "min_value", "'few' is no whole number"),
        (
            "column_pair_values_to_be_equal: {column_A: code, column_B: n}",
            "column_B",
            "'code' is string and 'n' is bigint: these cannot be compared; cast one of them in a step",
        ),
    ],
)
def test_arguments_of_other_rules(rule: str, at: str, why: str) -> None:
    ((found, said),) = wrong(f"expect_{rule}")
    assert found == at
    assert why in said


@pytest.mark.parametrize(
    "rule",
    [
        "column_values_to_be_in_set: {column: code, value_set: ['1', a, null]}",
        "column_values_to_be_in_set: {column: new, value_set: [1, a]}",
        "column_values_to_be_between: {column: ratio, min_value: 0, max_value: '1.5'}",
        "column_values_to_be_between: {column: at, min_value: '2026-01-01'}",
        "column_value_lengths_to_be_between: {column: bytes, max_value: 3.0}",
        "column_pair_values_to_be_equal: {column_A: amount, column_B: n}",
        "column_pair_values_a_to_be_greater_than_b: {column_A: at, column_B: day}",
        "column_values_to_be_of_type: {column: items, type_: 'array<struct<`sku`: STRING>>'}",
        "column_values_to_be_of_type: {column: n, type_: StringType}",
        "column_values_to_be_unique: {column: items}",
    ],
)
def test_arguments_that_fit(rule: str) -> None:
    assert wrong(f"expect_{rule}") == []


def test_types_are_written_without_quotes_around_names() -> None:
    assert short(parse_type("struct<`a b`: int>")) == "struct<a b:int>"
