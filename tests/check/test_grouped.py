"""Rules that need grouping: one grouped pass for each column, in one action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.check import grouped, not_null_rule, verdicts
from lakemesh.errors import RunError
from lakemesh.spec.expectations import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession


def unique(column: str, **more: Any) -> Rule:
    return Rule.model_validate({"expect_column_values_to_be_unique": {"column": column, **more}})


def test_every_case_of_unique(grouped_case: Any, prove: Callable[..., None]) -> None:
    prove(*grouped_case)


def test_counts_by_column_and_only_once_for_each(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a", 1), ("a", 2), (None, 2)], "s string, n int")
    found = grouped(frame, [unique("s"), unique("n"), unique("s", mostly=0.5), not_null_rule("s", "key")])
    assert found == {"s": {"judged": 2, "unexpected": 2}, "n": {"judged": 3, "unexpected": 2}}


def test_nothing_to_group_is_no_pass(spark: SparkSession) -> None:
    assert grouped(spark.createDataFrame([], "s string"), []) == {}


def test_maps_are_refused(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], "m map<string,int>")
    with pytest.raises(RunError, match="cannot be told apart by Spark"):
        grouped(frame, [unique("m")])


def test_a_missing_pass_is_told(spark: SparkSession) -> None:
    schema = spark.createDataFrame([], "s string").schema
    with pytest.raises(RunError, match="no grouped counts of column 's'"):
        verdicts([unique("s")], {"out.0": {"rows": 1}}, schema, "out")
