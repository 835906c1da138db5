"""How many of Spark's jobs something takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def jobs_of(spark: SparkSession, act: Callable[[], object]) -> int:
    """The number of jobs that Spark runs for an act."""
    group = uuid.uuid4().hex
    spark.sparkContext.setJobGroup(group, "tests")
    try:
        act()
    finally:
        spark.sparkContext.setJobGroup("", "")
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
