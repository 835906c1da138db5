"""Rules that nobody writes: their labels, and what follows from them."""

from __future__ import annotations

import pytest

from lakemesh.check.builtin import BuiltIn, cast_rule, not_null_rule, required_rule, slice_rule


def test_keys_and_sequences_are_judged_of_deletes_too() -> None:
    key, sequence = not_null_rule("order_id", "key_not_null"), not_null_rule("at", "sequence_not_null")
    assert (key.label, sequence.label) == ("key_not_null.order_id", "sequence_not_null.at")
    assert key.always
    assert key.on_failure == sequence.on_failure == "quarantine"
    assert key.severity == "critical"


def test_required_columns_set_rows_aside() -> None:
    rule = required_rule("amount")
    assert (rule.label, rule.on_failure, rule.columns) == ("required.amount", "quarantine", ("amount",))
    assert not rule.always


@pytest.mark.parametrize(
    ("on_error", "on_failure", "severity"),
    [("reject", "quarantine", "critical"), ("null", "warn", "warning"), ("fail", "fail", "critical")],
)
def test_a_cast_does_what_its_step_says(on_error: str, on_failure: str, severity: str) -> None:
    rule = cast_rule("typed", "customer.age", on_error)
    assert rule.label == "cast.typed.customer.age"
    assert rule.entry == "typed.customer.age"
    assert (rule.on_failure, rule.severity) == (on_failure, severity)


def test_built_in_rules_judge_rows() -> None:
    rule = BuiltIn(label="l", expectation="e", column="c", on_failure="warn")
    assert rule.level == "row"


def test_a_row_outside_the_slice_stops_the_write() -> None:
    rule = slice_rule("day = current_date()")
    assert (rule.label, rule.on_failure, rule.columns, rule.always) == ("in_slice", "fail", (), False)
