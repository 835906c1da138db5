"""What an expectation found, in the terms of Great Expectations' results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One rule judged over one batch of one output.

    `element_count` counts all rows offered, `missing_count` those not judged for their nulls,
    `unexpected_percent` is of the rows judged (None where there were none), `observed_value` is an
    aggregate's value as text.
    """

    output: str
    rule: str
    expectation: str
    columns: tuple[str, ...]
    arguments: str
    severity: str
    on_failure: str
    success: bool
    element_count: int
    missing_count: int | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    observed_value: str | None = None
