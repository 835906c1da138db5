"""Samples of inputs: the newest files only, through no checkpoint, with the metadata that a stream has."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import ReadFailed
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.samples import Most, sample_input
from lakemesh.run import Run
from lakemesh.runner.givens import give_files
from lakemesh.spec.inputs import Blob, EventHub, ProductInput

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MOST = Most(files=2, records=3)
SCHEMA = {"a": "bigint"}


@pytest.fixture
def run(spark: SparkSession) -> Run:
    return Run(spark, "preview", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def put(file: Path, text: str, day: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    at = dt.datetime(2026, 1, day, tzinfo=dt.UTC).timestamp()
    os.utime(file, (at, at))


def test_the_newest_files_and_so_many_records(tmp_path: Path, run: Run) -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": SCHEMA, "pattern": "*.json"})
    read = Read(name="in", mode="batch", port=port, columns=port.schema_, paths=(str(tmp_path / "in"),))
    with pytest.raises(ReadFailed, match="no such folder"):
        sample_input(read, run, MOST)
    put(tmp_path / "in/old.json", '{"a": 1}\n', 1)
    put(tmp_path / "in/deep er/ü new.json", '{"a": 2}\n{broken\n', 3)
    put(tmp_path / "in/no.csv", "no\n", 4)
    put(tmp_path / "in/newer.json", '{"a": 3}\n', 2)
    sampled = sample_input(read, run, MOST)
    assert (sampled.files, sampled.of) == (2, 3)
    batch = judge_records(read, sampled.frame, run)
    rows = batch.accepted().collect()
    assert sorted(row["a"] for row in rows) == [2, 3]
    assert {row["_source"]["path"].rpartition("/")[2] for row in rows} == {"ü%20new.json", "newer.json"}
    assert sample_input(read, run, Most(9, 3)).of == sample_input(read, run, Most(9, 3)).files == 3
    assert sample_input(read, run, Most(9, 3)).frame.count() == 3


def test_events_of_capture(tmp_path: Path, run: Run) -> None:
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": SCHEMA})
    read = Read(name="in", mode="batch", port=port, columns=port.schema_, paths=(str(tmp_path / "ns/h"),))
    events: list[Any] = [{"a": n} for n in range(5)]
    give_files(read, events)
    sampled = sample_input(read, run, MOST)
    rows = sampled.frame.collect()
    assert (sampled.files, len(rows)) == (1, 3)
    assert {row["_source"]["partition"] for row in rows} == {"0"}
    with pytest.raises(ReadFailed, match="no captured events"):
        sample_input(read.model_copy(update={"paths": ()}), run, MOST)


def test_rows_of_a_table(tmp_path: Path, run: Run) -> None:
    run.session.range(5).write.format("delta").save(str(tmp_path / "t"))
    port = ProductInput.model_validate(
        {"kind": "product", "product": "a.b", "port": "c", "read": "appends", "where": "id > 1"}
    )
    read = Read(name="in", mode="batch", port=port, table=Place(name="a.b.c", location=str(tmp_path / "t")))
    sampled = sample_input(read, run, Most(1, 2))
    assert sampled.version == 0
    rows = sampled.frame.collect()
    assert len(rows) == 2
    assert all(row["id"] > 1 and row["_source"]["port"] == "in" for row in rows)
