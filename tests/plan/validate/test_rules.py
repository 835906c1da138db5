from __future__ import annotations

from typing import Any

import pytest

RULE = 'expect_column_values_to_match_regex: {column: order_id, regex: "^[A-Z]+-[0-9]+$"}'


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ("expect_column_values_to_be_of_type: {column: amount, type_: DecimalType}", []),
        ("expect_column_values_to_be_of_type: {column: amount, type_: 'decimal(12,2)'}", []),
        ("expect_column_values_to_be_of_type: {column: amount, type_: money}", ["invalid-rule"]),
        ("expect_column_pair_values_to_be_equal: {column_A: email, column_B: email}", ["invalid-rule"]),
        ("expect_column_pair_values_to_be_equal: {column_A: emil, column_B: pth}", ["unknown-column"] * 2),
        ("expect_column_to_exist: {column: nothing}", ["unknown-column"]),
        ("expect_column_max_to_be_between: {column: updated_at, max_value: 2030-01-01}", []),
        (
            "expect_column_values_to_be_between: {column: amount, min_value: a, max_value: 1}",
            ["invalid-rule"],
        ),
        (
            "expect_column_values_to_be_between: {column: amount, min_value: 2, max_value: 1.5}",
            ["invalid-rule"],
        ),
    ],
)
def test_arguments(find: Any, rule: str, codes: list[str]) -> None:
    assert [one.code for one in find(("product", RULE, rule))] == codes


def test_two_rules_without_names_on_one_column(find: Any) -> None:
    (one,) = find(("product", f"      - {RULE}\n", f"      - {RULE}\n      - {RULE.replace('^', '')}\n"))
    assert (one.line, one.column, one.code) == (101, 9, "duplicate-rule")


def test_a_rule_under_a_column_and_one_beside_it(find: Any) -> None:
    rule = "expect_column_values_to_not_be_null: {column: customer_id}"
    (one,) = find(("product", RULE, rule))
    assert (one.line, one.code) == (100, "duplicate-rule")
