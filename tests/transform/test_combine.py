"""What the tables of cases do not say of steps that combine: joins against a model in plain Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.run import Run
from lakemesh.spec.steps import Join, Union
from lakemesh.transform.combine import join, union

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
LEFT = [(1, "a"), (1, "b"), (2, "c"), (None, "d"), (None, "e"), (4, None)]
RIGHT = [(1, "x"), (1, "y"), (3, "z"), (None, "u"), (4, None)]


def model(how: str) -> Counter[tuple[Any, ...]]:
    """NULL equals nothing; an unmatched side is NULL."""
    pairs = [(k, v, w) for k, v in LEFT for j, w in RIGHT if k is not None and k == j]
    lonely = [(k, v) for k, v in LEFT if k is None or k not in {j for j, _ in RIGHT}]
    others = [(j, None, w) for j, w in RIGHT if j is None or j not in {k for k, _ in LEFT}]
    alone = [(k, v, None) for k, v in lonely]
    return Counter(
        {
            "inner": pairs,
            "left": pairs + alone,
            "right": pairs + others,
            "full": pairs + alone + others,
            "semi": [row for row in LEFT if row not in lonely],
            "anti": lonely,
        }[how]
    )


@pytest.mark.parametrize("how", ["inner", "left", "right", "full", "semi", "anti"])
def test_a_join_is_what_it_says(spark: SparkSession, how: str) -> None:
    step = Join.model_validate({"kind": "join", "from": ["l", "r"], "on": "k", "how": how})
    left = spark.createDataFrame(LEFT, "k int, v string")
    right = spark.createDataFrame(RIGHT, "k int, w string")
    made = join(left, right, step, Run(spark, "run", CLOCK))
    assert Counter(tuple(row) for row in made.collect()) == model(how)


def test_a_join_of_two_steps_over_one_view(spark: SparkSession) -> None:
    view = spark.createDataFrame(LEFT, "k int, v string")
    renamed = view.where("v > 'a'").withColumnRenamed("v", "w")
    step = Join.model_validate({"kind": "join", "from": ["l", "r"], "on": "k"})
    made = join(view, renamed, step, Run(spark, "run", CLOCK))
    assert sorted(map(tuple, made.collect())) == [(1, "a", "b"), (1, "b", "b"), (2, "c", "c")]


def test_a_union_counts_every_row(spark: SparkSession) -> None:
    frames = [spark.range(number, number + 5).selectExpr("id", f"id as c{number}") for number in range(3)]
    step = Union.model_validate({"kind": "union", "from": ["a", "b", "c"], "allowMissing": True})
    made = union(frames, step)
    assert made.columns == ["id", "c0", "c1", "c2"]
    assert made.count() == 15
