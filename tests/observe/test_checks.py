"""Results of checks as facts."""

from __future__ import annotations

import dataclasses

import pytest

from lakemesh.observe.checks import CheckResult
from lakemesh.observe.ops import CHECKS

RESULT = CheckResult(
    output="orders",
    rule="amount_not_negative",
    expectation="expect_column_values_to_be_between",
    columns=("amount",),
    arguments='{"min_value": 0}',
    severity="warning",
    on_failure="quarantine",
    success=False,
    element_count=10,
)


def test_what_does_not_apply_is_none() -> None:
    assert (RESULT.missing_count, RESULT.unexpected_count, RESULT.observed_value) == (None, None, None)


def test_a_result_never_changes() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RESULT.success = True  # type: ignore[misc]


def test_the_ops_table_has_a_column_for_each_fact() -> None:
    names = [field.name for field in dataclasses.fields(CheckResult)]
    positions = [CHECKS.index(f" {name} ") for name in names]
    assert positions == sorted(positions)
