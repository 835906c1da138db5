"""Counts: taken in the pass that writes, and by a second one where Spark never answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.runner.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import Column, DataFrame, SparkSession


def counted() -> dict[str, Column]:
    return {"rows": F.count(F.lit(1)), "most": F.max("id"), "none": F.max(F.lit(None))}


def run(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


def test_counts_come_with_the_pass_and_are_kept(spark: SparkSession) -> None:
    tally = Tally()
    frame = tally(tally(spark.range(5), "a.0", counted()).where("id > 1"), "a.1", counted())
    run(frame)
    run(frame.where("id > 3"))
    assert tally.get("a.0") == {"rows": 5, "most": 4, "none": None}
    assert tally.under("a.") == {"a.0": tally.get("a.0"), "a.1": {"rows": 3, "most": 4, "none": None}}
    assert tally.under("b.") == {}


def test_what_never_answers_is_counted_by_a_second_pass(spark: SparkSession) -> None:
    """A step that prunes its subtree, a join whose other side is empty, a frame that nothing ever ran."""
    tally = Tally(seconds=30.0)
    started = time.monotonic()
    pruned = tally(spark.range(5), "pruned", counted()).where("1 = 0")
    run(pruned)
    none = spark.range(3).where(F.lit(False))
    joined = tally(spark.range(4), "joined", counted()).join(none, "id")
    run(joined)
    tally(spark.range(3), "idle", counted())
    found = {name: tally.get(name)["rows"] for name in ("pruned", "joined", "idle")}
    assert found == {"pruned": 5, "joined": 4, "idle": 3}
    # Nobody waits the 30 seconds: an action that is sent after them is told of, so they never will be.
    assert time.monotonic() - started < 15
    assert tally.get("pruned")["most"] == 4


def test_what_a_plan_has_twice_is_counted_by_a_second_pass(spark: SparkSession) -> None:
    """The part of a union that stops early tells of fewer rows than were there."""
    tally, odd = Tally(), F.sum((F.col("id") % 2 == 1).cast("bigint"))
    first = tally(spark.range(0, 6, 1, 1), "s.0", {"lost": odd}).where("id % 2 = 0")
    second = tally(first, "s.1", {"lost": F.sum((F.col("id") > 2).cast("bigint"))}).where("id <= 2")
    run(second.union(second.limit(1)))
    assert tally.under("s.") != {"s.0": {"lost": 3}, "s.1": {"lost": 1}}
    assert tally.lost("s.", 6, "lost") == [{"lost": 3}, {"lost": 1}]


def test_a_kept_frame_is_counted_once(spark: SparkSession, tmp_path: Path) -> None:
    tally = Tally()
    frame = tally(spark.range(6), "a", counted()).persist()
    try:
        run(frame)
        frame.orderBy("id").write.format("delta").save(str(tmp_path / "t"))
        assert tally.get("a")["rows"] == 6
    finally:
        frame.unpersist()
