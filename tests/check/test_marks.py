"""Masks: their bits, what acts on them, the names and values of what failed, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.jobs import jobs_of

from lakemesh.check import failed_names, failed_values, mark, not_null_rule
from lakemesh.check.marks import CHUNK, chunks, labels_of, slots
from lakemesh.errors import RunError
from lakemesh.spec.expectations import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"


def rule(kind: str, name: str = "", on_failure: str = "warn", **said: Any) -> Rule:
    return Rule.model_validate({kind: said, "name": name, "onFailure": on_failure})


def no_watch(frame: DataFrame, name: str, metrics: Mapping[str, Any]) -> DataFrame:
    return frame


class Watch:
    """Observes, and remembers."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.keys: list[list[str]] = []

    def __call__(self, frame: DataFrame, name: str, metrics: Mapping[str, Any]) -> DataFrame:
        from pyspark.sql import Observation

        self.names.append(name)
        self.keys.append(list(metrics))
        return frame.observe(Observation(), *(metric.alias(key) for key, metric in metrics.items()))


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    rows = [(1, "a"), (-1, None), (None, "b"), (-2, "c")]
    return spark.createDataFrame(rows, "n int, s string").coalesce(1)


def ids(frame: DataFrame) -> list[Any]:
    return [row["n"] for row in frame.select("n").collect()]


def test_a_row_keeps_its_columns_and_gets_a_bit_for_each_rule(frame: DataFrame) -> None:
    rules = [rule(BETWEEN, column="n", min_value=0), rule(NOT_NULL, column="s")]
    marked = mark(frame, rules, no_watch, "out")
    assert marked.masks == ("__failed_0",)
    assert marked.frame.columns == ["n", "s", "__failed_0"]
    assert [row[2] for row in marked.frame.collect()] == [0, 3, 0, 1]
    assert not marked.frame.schema["__failed_0"].nullable


def test_what_acts_on_a_row_is_its_rules_onfailure(frame: DataFrame) -> None:
    rules = [
        rule(BETWEEN, on_failure="quarantine", column="n", min_value=0),
        rule(NOT_NULL, on_failure="drop", column="s"),
        rule(NOT_NULL, name="n is there", on_failure="fail", column="n"),
        rule(BETWEEN, name="mostly", on_failure="fail", column="n", max_value=0, mostly=0.5),
    ]
    marked = mark(frame, rules, no_watch, "out")
    assert ids(marked.frame.where(marked.acts("quarantine"))) == [-1, -2]
    assert ids(marked.frame.where(marked.acts("drop"))) == [-1]
    assert ids(marked.frame.where(~marked.acts("quarantine", "drop"))) == [1, None]
    assert ids(marked.frame.where(marked.acts("fail"))) == [1, None]
    assert ids(marked.frame.where(marked.acts("fail", outright=True))) == [None]
    assert ids(marked.frame.where(marked.acts("warn"))) == []


def test_names_and_values_stand_in_the_order_of_the_rules(frame: DataFrame) -> None:
    rules = [
        rule(NOT_NULL, column="s"),
        rule("expect_table_row_count_to_be_between", min_value=1),
        rule(BETWEEN, name="positive", column="n", min_value=0),
    ]
    marked = mark(frame, rules, no_watch, "out")
    told = marked.frame.select(failed_names(marked), failed_values(marked)).collect()
    assert [tuple(row) for row in told] == [
        ([], {}),
        ([f"{NOT_NULL}.s", "positive"], {f"{NOT_NULL}.s": None, "positive": "-1"}),
        ([], {}),
        (["positive"], {"positive": "-2"}),
    ]


def test_without_row_rules_nothing_failed_and_the_rows_are_counted(frame: DataFrame) -> None:
    watch = Watch()
    marked = mark(frame, [rule("expect_column_max_to_be_between", column="n", max_value=1)], watch, "out")
    assert (watch.names, watch.keys) == (["out.0"], [["rows", "value_0", "holds_0"]])
    told = marked.frame.select(failed_names(marked), failed_values(marked), marked.acts("warn")).first()
    assert told is not None
    assert tuple(told) == ([], None, False)


def test_long_values_are_shortened(spark: SparkSession) -> None:
    rows = [("x" * 200,), ("ä" * 201,), ("😀" * 500,)]
    long = spark.createDataFrame(rows, "s string").coalesce(1)
    marked = mark(long, [rule("expect_column_values_to_be_null", name="r", column="s")], no_watch, "out")
    values = [row[0]["r"] for row in marked.frame.select(failed_values(marked)).collect()]
    assert values == ["x" * 200, "ä" * 199 + "…", "😀" * 199 + "…"]


def test_two_rules_of_one_label_are_told_apart(frame: DataFrame) -> None:
    rules = [rule(BETWEEN, column="n", min_value=-1), rule(BETWEEN, column="n", max_value=-2)]
    assert labels_of(rules) == (f"{BETWEEN}.n", f"{BETWEEN}.n (2)")
    marked = mark(frame, rules, no_watch, "out")
    told = [row[0] for row in marked.frame.select(failed_values(marked)).collect()]
    assert told == [{f"{BETWEEN}.n (2)": "1"}, {f"{BETWEEN}.n (2)": "-1"}, {}, {f"{BETWEEN}.n": "-2"}]


def test_sixteen_rules_a_mask_and_one_observation_for_each(frame: DataFrame) -> None:
    rules = [rule(BETWEEN, name=f"r{index}", column="n", min_value=-index) for index in range(35)]
    rules.insert(3, rule("expect_table_row_count_to_be_between", min_value=1))
    assert [len(chunk) for chunk in chunks(rules)] == [CHUNK, CHUNK, 3]
    assert slots(rules)[16].mask == "__failed_1"
    watch = Watch()
    marked = mark(frame, rules, watch, "out")
    assert marked.masks == ("__failed_0", "__failed_1", "__failed_2")
    assert watch.names == ["out.0", "out.1", "out.2"]
    assert [sum(key.startswith("judged") for key in keys) for keys in watch.keys] == [1, 1, 1]


def test_deletes_are_judged_on_their_keys_only(spark: SparkSession, judge_frame: Callable[..., Any]) -> None:
    from pyspark.sql import functions as F

    rows = [("a", None, "void"), (None, None, "void"), ("b", None, "open"), ("c", 1, None)]
    frame = spark.createDataFrame(rows, "k string, n int, status string").coalesce(1)
    rules = [not_null_rule("k", "key_not_null"), rule(NOT_NULL, name="n", column="n")]
    outcome = judge_frame(frame, rules, F.expr("status = 'void'"))
    assert outcome.marked == {"key_not_null.k": [1], "n": [2]}
    assert outcome.results["key_not_null.k"].element_count == 4
    assert outcome.results["n"].element_count == 2
    assert outcome.results["n"].unexpected_percent == 50


def test_marks_survive_a_persisted_frame_with_nan(spark: SparkSession) -> None:
    """The batches of a persisted frame are pruned by their least and greatest values, which leave NaN out."""
    from pyspark.sql import functions as F

    doubles = spark.range(100).select(F.when(F.col("id") == 7, float("nan")).otherwise(1.0).alias("d"))
    marked = mark(doubles.coalesce(1), [rule(BETWEEN, column="d", max_value=5)], no_watch, "out")
    kept = marked.frame.persist()
    try:
        assert kept.count() == 100
        assert kept.where(marked.acts("warn")).count() == 1
        assert kept.where(~marked.acts("warn")).count() == 99
    finally:
        kept.unpersist()


def test_a_null_never_makes_a_row_vanish(spark: SparkSession) -> None:
    rows = [(None, None), (1, None), (None, 1), (1, 1)]
    frame = spark.createDataFrame(rows, "a int, b int").coalesce(1)
    said: dict[str, Any] = {"column": "a", "value_set": [None, 2]}
    rules = [
        rule("expect_column_values_to_be_in_set", **said),
        rule("expect_column_values_to_not_be_in_set", **said),
        rule("expect_column_pair_values_to_be_equal", column_A="a", column_B="b", ignore_row_if="neither"),
        rule("expect_column_pair_values_a_to_be_greater_than_b", column_A="a", column_B="b"),
    ]
    marked = mark(frame, rules, no_watch, "out")
    assert (
        marked.frame.where(marked.acts("warn")).count() + marked.frame.where(~marked.acts("warn")).count()
        == 4
    )


def test_many_rules_cost_no_more_jobs_than_few(spark: SparkSession, frame: DataFrame) -> None:
    assert _jobs(spark, frame, 12) == _jobs(spark, frame, 48) == 1


def _jobs(spark: SparkSession, frame: DataFrame, rules: int) -> int:
    said = [rule(BETWEEN, name=f"r{index}", column="n", min_value=index) for index in range(rules)]
    marked = mark(frame, said, Watch(), "out")
    return jobs_of(spark, marked.frame.write.format("noop").mode("overwrite").save)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (NOT_NULL, {}),
        ("expect_column_values_to_be_unique", {}),
        ("expect_column_sum_to_be_between", {"min_value": 1}),
        ("expect_column_values_to_be_of_type", {"type_": "string"}),
    ],
)
def test_a_rule_on_a_missing_column_is_refused_before_anything_runs(
    frame: DataFrame, kind: str, said: dict[str, Any]
) -> None:
    with pytest.raises(RunError, match=r"reads column 'none', which is not there\. Known: n, s\."):
        mark(frame, [rule(kind, column="none", **said)], no_watch, "out")
