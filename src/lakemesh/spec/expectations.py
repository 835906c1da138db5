"""Expectations by the names and arguments that Great Expectations gives them (GX 1.24, built-ins).

Meaning, as there: nulls are dropped before a value is judged (except by the null tests), a regex is searched
for and not matched whole, `mostly` divides by the rows that were judged.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from lakemesh.errors import nearest
from lakemesh.spec.model import Many, Model

Severity = Literal["critical", "warning", "info"]
OnFailure = Literal["warn", "drop", "quarantine", "fail"]
Scalar = str | bool | int | float | Decimal | dt.date | dt.datetime | None


def _number(value: Any) -> Any:
    """A number written with trailing zeros, which the YAML reader keeps as text."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"[-+]?\d+\.\d*0", value) else value


Bound = Annotated[int | float | Decimal | str | dt.date | dt.datetime | None, BeforeValidator(_number)]
Mostly = Annotated[int | float, BeforeValidator(_number), Field(ge=0, le=1)]


class Expectation(Model):
    """What any expectation has: its kind."""

    @property
    def level(self) -> Literal["row", "aggregate", "grouped", "schema"]:
        """Where it is decided: on each row, by one aggregate, by a grouped pass, or on the schema alone."""
        return "row"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads; nested ones as dotted paths."""
        named = [getattr(self, field, None) for field in ("column", "column_A", "column_B")]
        return tuple(name for name in named if name)


class _GxNamed(Expectation):
    """An expectation whose arguments keep the names that Great Expectations gives them."""

    model_config = {**Model.model_config, "alias_generator": None}


class _ColumnRule(_GxNamed):
    column: str
    """The column; a nested field by its path, such as `customer.email`."""
    mostly: Mostly = 1
    """The part of the judged rows that must be as expected for the rule to hold."""


class ColumnValuesToNotBeNull(_ColumnRule):
    """The column has a value.

    Every row is judged.
    """

    kind: Literal["expect_column_values_to_not_be_null"]


class ColumnValuesToBeNull(_ColumnRule):
    """The column has no value.

    Every row is judged.
    """

    kind: Literal["expect_column_values_to_be_null"]


class ColumnValuesToBeInSet(_ColumnRule):
    """The value is one of a set.

    A NULL is not judged.
    """

    kind: Literal["expect_column_values_to_be_in_set"]
    value_set: Many[Scalar]
    """The values."""


class ColumnValuesToNotBeInSet(_ColumnRule):
    """The value is none of a set.

    A NULL is not judged.
    """

    kind: Literal["expect_column_values_to_not_be_in_set"]
    value_set: Many[Scalar]
    """The values."""


class _Between(_GxNamed):
    min_value: Bound = None
    """The lower bound; none where it is left out."""
    max_value: Bound = None
    """The upper bound; none where it is left out."""
    strict_min: bool = False
    """Whether the lower bound itself is out."""
    strict_max: bool = False
    """Whether the upper bound itself is out."""

    @model_validator(mode="after")
    def _has_a_bound(self) -> Any:
        if self.min_value is None and self.max_value is None:
            raise ValueError("needs min_value or max_value")
        return self


class ColumnValuesToBeBetween(_Between, _ColumnRule):
    """The value lies between two bounds; inclusive unless strict.

    A NULL is not judged. NaN is greater than any number, so that `min_value` alone accepts it.
    """

    kind: Literal["expect_column_values_to_be_between"]


class ColumnValueLengthsToBeBetween(_Between, _ColumnRule):
    """The text's length in characters lies between two bounds.

    A NULL is not judged.
    """

    kind: Literal["expect_column_value_lengths_to_be_between"]


class ColumnValuesToMatchRegex(_ColumnRule):
    """The regular expression is found in the value.

    A NULL is not judged.
    """

    kind: Literal["expect_column_values_to_match_regex"]
    regex: str
    """A Java regular expression; it is searched for, so `^...$` for the whole value."""


class ColumnValuesToNotMatchRegex(_ColumnRule):
    """The regular expression is not found in the value.

    A NULL is not judged.
    """

    kind: Literal["expect_column_values_to_not_match_regex"]
    regex: str
    """A Java regular expression; it is searched for, so `^...$` for the whole value."""


IgnoreRowIf = Literal["both_values_are_missing", "either_value_is_missing", "neither"]


class _PairRule(_GxNamed):
    column_A: str
    """The first column."""
    column_B: str
    """The second column."""
    mostly: Mostly = 1
    """The part of the judged rows that must be as expected for the rule to hold."""
    ignore_row_if: IgnoreRowIf = "both_values_are_missing"
    """Which rows are not judged."""


class ColumnPairValuesToBeEqual(_PairRule):
    """The two columns hold the same value.

    Rows where both are NULL are not judged; where one is, it is unexpected.
    """

    kind: Literal["expect_column_pair_values_to_be_equal"]


class ColumnPairValuesAToBeGreaterThanB(_PairRule):
    """The first column's value is greater than the second's.

    A row where one of them is NULL is never unexpected.
    """

    kind: Literal["expect_column_pair_values_a_to_be_greater_than_b"]
    or_equal: bool = False
    """Whether equal values are as expected, too."""


class _SchemaRule(_GxNamed):
    @property
    def level(self) -> Literal["row", "aggregate", "grouped", "schema"]:
        return "schema"


class ColumnValuesToBeOfType(_SchemaRule):
    """The column has a Spark type, by its class name (StringType) or its DDL (decimal(12,2))."""

    kind: Literal["expect_column_values_to_be_of_type"]
    column: str
    """The column; a nested field by its path."""
    type_: str
    """The type."""


class ColumnToExist(_SchemaRule):
    """The column exists, at a position (counted from 0) where one is given."""

    kind: Literal["expect_column_to_exist"]
    column: str
    """The column; a nested field by its path."""
    column_index: int | None = None
    """Its place, from 0. Great Expectations 1.24 judges any place but 0; here 0 is judged as well."""


class _Aggregate(_Between):
    @property
    def level(self) -> Literal["row", "aggregate", "grouped", "schema"]:
        return "aggregate"


class TableRowCountToBeBetween(_Aggregate):
    """The number of rows lies between two bounds, both inclusive."""

    kind: Literal["expect_table_row_count_to_be_between"]


class ColumnMinToBeBetween(_Aggregate):
    """The column's least value lies between two bounds.

    NULLs are left out. Where no value is left, as in an empty batch, the rule fails.
    """

    kind: Literal["expect_column_min_to_be_between"]
    column: str
    """The column; a nested field by its path."""


class ColumnMaxToBeBetween(_Aggregate):
    """The column's greatest value lies between two bounds.

    NULLs are left out. Where no value is left, as in an empty batch, the rule fails.
    """

    kind: Literal["expect_column_max_to_be_between"]
    column: str
    """The column; a nested field by its path."""


class ColumnMeanToBeBetween(_Aggregate):
    """The column's mean lies between two bounds.

    NULLs are left out. Where no value is left, as in an empty batch, the rule fails.
    """

    kind: Literal["expect_column_mean_to_be_between"]
    column: str
    """The column, of numbers."""


class ColumnSumToBeBetween(_Aggregate):
    """The column's sum lies between two bounds.

    NULLs are left out. Where no value is left, as in an empty batch, the rule fails.
    """

    kind: Literal["expect_column_sum_to_be_between"]
    column: str
    """The column, of numbers."""


class ColumnValuesToBeUnique(_ColumnRule):
    """No value of the column stands in two rows.

    NULLs are not judged. It sees the rows of one batch, not those of earlier ones.
    """

    kind: Literal["expect_column_values_to_be_unique"]

    @property
    def level(self) -> Literal["row", "aggregate", "grouped", "schema"]:
        """Uniqueness needs a grouped pass."""
        return "grouped"


AnyExpectation = Annotated[
    ColumnValuesToNotBeNull
    | ColumnValuesToBeNull
    | ColumnValuesToBeInSet
    | ColumnValuesToNotBeInSet
    | ColumnValuesToBeBetween
    | ColumnValueLengthsToBeBetween
    | ColumnValuesToMatchRegex
    | ColumnValuesToNotMatchRegex
    | ColumnPairValuesToBeEqual
    | ColumnPairValuesAToBeGreaterThanB
    | ColumnValuesToBeOfType
    | ColumnToExist
    | TableRowCountToBeBetween
    | ColumnMinToBeBetween
    | ColumnMaxToBeBetween
    | ColumnMeanToBeBetween
    | ColumnSumToBeBetween
    | ColumnValuesToBeUnique,
    Field(discriminator="kind"),
]

# GX's other built-ins (https://greatexpectations.io/expectations): known words, built later.
LATER = frozenset(
    """expect_column_bootstrapped_ks_test_p_value_to_be_greater_than
    expect_column_distinct_values_to_be_in_set expect_column_distinct_values_to_contain_set
    expect_column_distinct_values_to_equal_set expect_column_kl_divergence_to_be_less_than
    expect_column_median_to_be_between expect_column_most_common_value_to_be_in_set
    expect_column_pair_values_to_be_in_set expect_column_proportion_of_non_null_values_to_be_between
    expect_column_proportion_of_unique_values_to_be_between expect_column_quantile_values_to_be_between
    expect_column_stdev_to_be_between expect_column_unique_value_count_to_be_between
    expect_column_value_lengths_to_equal expect_column_value_z_scores_to_be_less_than
    expect_column_values_to_be_dateutil_parseable expect_column_values_to_be_decreasing
    expect_column_values_to_be_in_type_list expect_column_values_to_be_increasing
    expect_column_values_to_be_json_parseable expect_column_values_to_match_json_schema
    expect_column_values_to_match_like_pattern expect_column_values_to_match_like_pattern_list
    expect_column_values_to_match_regex_list expect_column_values_to_match_strftime_format
    expect_column_values_to_not_match_like_pattern expect_column_values_to_not_match_like_pattern_list
    expect_column_values_to_not_match_regex_list expect_compound_columns_to_be_unique
    expect_multicolumn_sum_to_equal expect_multicolumn_values_to_be_unique
    expect_query_results_to_match_comparison expect_select_column_values_to_be_unique_within_record
    expect_table_column_count_to_be_between expect_table_column_count_to_equal
    expect_table_columns_to_match_ordered_list expect_table_columns_to_match_set
    expect_table_row_count_to_equal expect_table_row_count_to_equal_other_table
    unexpected_rows_expectation referential fresh_within""".split()
)
"""Expectations of Great Expectations, and those beyond it, that this version knows and does not build."""


KINDS: dict[str, type[Expectation]] = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in get_args(get_args(AnyExpectation)[0])
}
"""Every expectation that is built, by the name that specs give it."""


class Rule(Model):
    """An expectation with its name, its weight and what follows from a failure."""

    expectation: AnyExpectation
    name: str = ""
    """What summaries, `checks` and quarantined rows call it. Default: the expectation and its columns."""
    severity: Severity = "warning"
    """How much it weighs. A label: what follows from a failure is said by onFailure."""
    on_failure: OnFailure = "warn"
    """What follows: it is told (`warn`), unexpected rows are left out (`drop`) or set aside
    (`quarantine`), or the run fails (`fail`).
    """

    @model_validator(mode="before")
    @classmethod
    def _from_spec(cls, value: Any) -> Any:
        """The spec's form, `{expect_...: arguments, name: ...}`, as the model's."""
        if not isinstance(value, dict) or "expectation" in value:
            return value
        rest = {key: value[key] for key in value if not _is_expectation(key)}
        kinds = [key for key in value if _is_expectation(key)]
        if len(kinds) != 1:
            near = next((near for key in rest if (near := nearest(f"expect_{key}", KINDS))), None)
            hint = f". Did you mean '{near}'?" if near and not kinds else ""
            such = "expect_column_values_to_not_be_null: {column: ...}"
            raise ValueError(f"a rule is one expectation, such as {such}{hint}")
        arguments = value[kinds[0]]
        if arguments is not None and not isinstance(arguments, dict):
            raise ValueError(f"the arguments of {kinds[0]} must be a map, such as {{column: order_id}}")
        if "kind" in (arguments or {}):
            raise ValueError(f"{kinds[0]} takes no argument 'kind'")
        return {**rest, "expectation": {**(arguments or {}), "kind": kinds[0]}}

    @model_validator(mode="after")
    def _acts_on_rows(self) -> Rule:
        if self.on_failure in ("drop", "quarantine") and self.expectation.level != "row":
            raise ValueError(
                f"{self.expectation.kind} judges the whole table, so no row can be set aside:"
                f" onFailure '{self.on_failure}' is not for it; use warn or fail"
            )
        return self

    @property
    def label(self) -> str:
        """The rule's name, or its expectation and columns: the same in every run."""
        return self.name or ".".join((self.expectation.kind, *self.expectation.columns))


def _is_expectation(key: Any) -> bool:
    return isinstance(key, str) and (key.startswith("expect_") or key in LATER)
