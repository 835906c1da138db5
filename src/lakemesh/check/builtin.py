"""Rules that nobody writes: keys and sequences of a merge, required columns, and failed casts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lakemesh.names import METADATA
from lakemesh.spec.expectations import OnFailure, Rule, Severity

_ON_ERROR: dict[str, OnFailure] = {"reject": "quarantine", "null": "warn", "fail": "fail"}
CAST_ERRORS = METADATA[2]


@dataclass(frozen=True, kw_only=True)
class BuiltIn:
    """A rule of lakemesh's own. It stands beside the rules of a spec wherever rules are marked and judged."""

    label: str
    expectation: str
    column: str
    """The column that it reads; for a cast, the column that was cast."""
    on_failure: OnFailure
    severity: Severity = "critical"
    entry: str | None = None
    """The key of a failed cast in `_cast_errors`; none for the rules that forbid NULL."""
    condition: str | None = None
    """What has to be true of every row; none for the rules on one column."""
    always: bool = False
    """Whether it judges deletes, too."""

    @property
    def level(self) -> Literal["row"]:
        """Built-in rules judge rows."""
        return "row"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its result names."""
        return (self.column,) if self.column else ()


AnyRule = Rule | BuiltIn


def not_null_rule(column: str, why: str) -> BuiltIn:
    """The rule that a key or a sequence of a merge has a value, such as key_not_null.order_id.

    `why` is the first half of the label: key_not_null, sequence_not_null. Deletes are judged by it, too.
    """
    return BuiltIn(
        label=f"{why}.{column}",
        expectation="expect_column_values_to_not_be_null",
        column=column,
        on_failure="quarantine",
        always=True,
    )


def required_rule(column: str) -> BuiltIn:
    """The rule that a column which the contract requires has a value.

    It sets rows aside: NOT NULL of the table itself would abort the whole batch for one of them.
    """
    return BuiltIn(
        label=f"required.{column}",
        expectation="expect_column_values_to_not_be_null",
        column=column,
        on_failure="quarantine",
    )


def slice_rule(condition: str) -> BuiltIn:
    """The rule that a row lies in the slice that an output overwrites; one that does not stops the write."""
    return BuiltIn(
        label="in_slice", expectation="in_slice", column="", on_failure="fail", condition=condition
    )


def cast_rule(step: str, column: str, on_error: str) -> BuiltIn:
    """The rule that a cast did not fail, such as cast.typed.amount; its value is the raw text.

    `on_error` is the step's: reject (sets the row aside), null (only says so) or fail.
    """
    return BuiltIn(
        label=f"cast.{step}.{column}",
        expectation="cast",
        column=column,
        on_failure=_ON_ERROR[on_error],
        severity="warning" if on_error == "null" else "critical",
        entry=f"{step}.{column}",
    )
