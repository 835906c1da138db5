"""Streams drained into lists: what a source gives, batch by batch, with nothing of the runner between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import Batch, judge_records, open_stream
from lakemesh.read.records import SOURCE
from lakemesh.run import Run
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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


@pytest.fixture
def judged(spark: SparkSession, run: Run) -> Callable[..., Batch]:
    """A function from types by column, records and what a blob port says else, to the batch of these."""

    def batch(kinds: Mapping[str, str], records: Iterable[str], **said: Any) -> Batch:
        port = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"a": "bigint"}, **said})
        columns = tuple(Column.model_validate({"name": n, "physicalType": kind}) for n, kind in kinds.items())
        raw = spark.createDataFrame([(record,) for record in records], "value string")
        raw = raw.withColumn("_source", F.lit(None).cast(SOURCE))
        return judge_records(Read(name="in", mode="batch", port=port, columns=columns), raw, run)

    return batch
