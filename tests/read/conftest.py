"""Streams drained into lists: what a source gives, batch by batch, with nothing of the runner between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.read import open_stream
from lakemesh.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.stages import Read

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
Batches = list[list[dict[str, Any]]]


@pytest.fixture
def run(spark: SparkSession) -> Run:
    """A run on the tests' session."""
    return Run(spark, "run-1", CLOCK)


@pytest.fixture
def drain(tmp_path: Path, run: Run) -> Callable[[Read], Batches]:
    """A function from an input to the rows of each batch that it has had since the last call."""

    def drained(read: Read) -> Batches:
        batches: Batches = []

        def keep(frame: DataFrame, number: int) -> None:
            batches.append([row.asDict(recursive=True) for row in frame.collect()])

        query = (
            open_stream(read, run)
            .writeStream.foreachBatch(keep)
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()
        return batches

    return drained
