"""What the tables of cases do not say of steps on rows: deduplicate gives one answer in any order."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakemesh.run import Run
from lakemesh.spec.steps import Deduplicate
from lakemesh.transform.rows import deduplicate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ROW = st.tuples(
    st.none() | st.sampled_from(["a", "b", "c", "é"]),
    st.none() | st.integers(0, 2),
    st.none() | st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]),
    st.none() | st.text("xyß😀", max_size=2),
)
SCHEMA = "k string, at int, v double, w string"


def first(session: SparkSession, rows: list[Any], parts: int, **said: Any) -> list[str]:
    step = Deduplicate.model_validate({"kind": "deduplicate", "from": "rows", **said})
    frame = session.createDataFrame(rows, SCHEMA).repartition(parts)
    return sorted(map(str, deduplicate(frame, step, Run(session, "run", CLOCK)).collect()))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=60, max_size=60), seed=st.integers(0, 99))
def test_the_order_of_arrival_does_not_matter(spark: SparkSession, rows: list[Any], seed: int) -> None:
    mixed = random.Random(seed).sample(rows, len(rows))
    said = {"keys": ["k"], "orderBy": ["at desc"]}
    one = first(spark, rows, 1, **said)
    assert one == first(spark, mixed, 5, **said)
    nobody = sum(row[0] is None for row in rows)
    assert len(one) == nobody + len({row[0] for row in rows} - {None})


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ("at", 1),
        ("at asc nulls last", 2),
        ("AT DESC", 3),
        ("at Desc Nulls First", 1),
        ("-at nulls last", 3),
        ("case when at = 2 then 0 else 1 end", 2),
        ("`at` desc", 3),
    ],
)
def test_an_order_reads_like_sql(spark: SparkSession, order: str, kept: int) -> None:
    rows = [("a", None, 1.0, ""), ("a", 2, 2.0, ""), ("a", 3, 3.0, "")]
    assert f"v={kept}.0" in first(spark, rows, 1, keys=["k"], orderBy=[order])[0]
