"""Table rules: aggregates taken while rows pass, and rules on the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.check.tables import aggregates, judge_schema
from lakemesh.spec.expectations import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession


def test_every_case_of_an_aggregate(aggregate_case: Any, prove: Callable[..., None]) -> None:
    prove(*aggregate_case)


def test_every_case_of_a_rule_on_the_schema(schema_case: Any, prove: Callable[..., None]) -> None:
    prove(*schema_case)


def test_a_row_rule_is_no_table_rule(spark: SparkSession) -> None:
    rule = Rule.model_validate({"expect_column_values_to_not_be_null": {"column": "a"}})
    schema = spark.createDataFrame([], "a int").schema
    with pytest.raises(ValueError, match="no rule on the schema"):
        judge_schema(rule, schema)
    with pytest.raises(ValueError, match="is no aggregate"):
        aggregates(rule, schema, None)


def test_deletes_take_no_part_in_aggregates(spark: SparkSession, judge_frame: Callable[..., Any]) -> None:
    from pyspark.sql import functions as F

    rows = [(1, False), (100, True), (3, None)]
    frame = spark.createDataFrame(rows, "n int, gone boolean").coalesce(1)
    said: list[dict[str, Any]] = [
        {"expect_column_max_to_be_between": {"column": "n", "max_value": 3}},
        {"expect_column_sum_to_be_between": {"column": "n", "max_value": 4}},
        {"expect_table_row_count_to_be_between": {"max_value": 2}},
    ]
    outcome = judge_frame(frame, [Rule.model_validate(rule) for rule in said], F.col("gone"))
    assert [result.observed_value for result in outcome.results.values()] == ["3", "4", "2"]
    assert all(result.success and result.element_count == 2 for result in outcome.results.values())
