"""Other products' tables: pinned at a version, or appended rows each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import ReadFailed
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Read
from lakemesh.read import empty_frame, keep_wanted, read_snapshot, snapshot_versions
from lakemesh.spec.inputs import ProductInput

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.run import Run

Drain = Callable[[Read], list[list[dict[str, Any]]]]


def product(tmp_path: Path, **said: Any) -> Read:
    port = ProductInput.model_validate({"kind": "product", "product": "shop.orders", "port": "out", **said})
    place = Place(name="shop.orders.out", location=str(tmp_path / "out"))
    return Read(name="orders", mode="batch", port=port, table=place)


def add(spark: SparkSession, tmp_path: Path, query: str) -> None:
    spark.sql(query).write.format("delta").mode("append").save(str(tmp_path / "out"))


def test_a_snapshot_stays_at_its_version(tmp_path: Path, spark: SparkSession, run: Run) -> None:
    read = product(tmp_path, where="id > 1")
    add(spark, tmp_path, "select explode(array(1, 2)) as id")
    pinned = snapshot_versions(read, run)
    add(spark, tmp_path, "select 3 as id")
    assert [row["id"] for row in read_snapshot(read, pinned, run).collect()] == [2]
    assert (pinned, snapshot_versions(read, run)) == ({read.name: 0}, {read.name: 1})
    assert read_snapshot(read, pinned, run).columns == ["id"]


def test_appended_rows_come_once_and_are_filtered_by_the_clock_of_the_batch(
    tmp_path: Path, spark: SparkSession, run: Run, drain: Drain
) -> None:
    read = product(tmp_path, read="appends", maxPerBatch=1, where="at < current_timestamp()")
    add(spark, tmp_path, "select 1 as id, timestamp'2026-01-01' as at")
    add(spark, tmp_path, "select 2 as id, timestamp'2026-01-03' as at")
    first = drain(read)
    assert [[row["id"] for row in batch] for batch in first] == [[1], [2]]
    source = first[0][0]["_source"]
    assert (source["port"], source["run"], source["path"]) == ("orders", "run-1", None)
    add(spark, tmp_path, "select 3 as id, timestamp'2026-01-01' as at")
    assert [[row["id"] for row in batch] for batch in drain(read)] == [[3]]
    rows = spark.read.format("delta").load(str(tmp_path / "out"))
    assert sorted(row["id"] for row in keep_wanted(read, rows, run).collect()) == [1, 3]
    later = run.at(dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    assert keep_wanted(read, rows, later).count() == 3


def test_the_empty_frame_has_the_columns_of_the_stream(tmp_path: Path, spark: SparkSession, run: Run) -> None:
    add(spark, tmp_path, "select 1 as id")
    frame = empty_frame(product(tmp_path, read="appends"), run)
    assert (frame.columns, frame.collect()) == (["id", "_source"], [])


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "files of another kind"])
def test_a_table_that_is_not_there_is_told(tmp_path: Path, spark: SparkSession, run: Run, there: str) -> None:
    if there == "an empty folder":
        (tmp_path / "out").mkdir()
    if there == "files of another kind":
        spark.sql("select 1 as id").write.json(str(tmp_path / "out"))
    told = (
        "input 'orders' reads shop.orders.out, which has no table yet. Run it first: lakemesh run shop.orders"
    )
    with pytest.raises(ReadFailed) as caught:
        snapshot_versions(product(tmp_path), run)
    assert str(caught.value) == told


def test_changes_come_as_rows_of_their_kind_and_what_leaves_where_as_a_delete(
    tmp_path: Path, spark: SparkSession, run: Run, drain: Drain
) -> None:
    read = product(tmp_path, read="changes", where="id < 10")
    table = f"delta.`{tmp_path / 'out'}`"
    spark.sql(
        f"create table {table} (id int, v string) using delta"
        " tblproperties ('delta.enableChangeDataFeed' = 'true')"
    )
    spark.sql(f"insert into {table} values (1, 'a'), (2, 'b'), (3, 'c'), (20, 'z')")

    def changes() -> list[tuple[Any, ...]]:
        schema = "id int, v string, _change_type string, _commit_version bigint"
        names = ["id", "v", "_change_type", "_commit_version"]
        found = [tuple(row[name] for name in names) for batch in drain(read) for row in batch]
        rows = keep_wanted(read, spark.createDataFrame(found, schema), run).collect()
        return sorted(tuple(row) for row in rows)

    assert changes() == [(1, "a", "insert", 1), (2, "b", "insert", 1), (3, "c", "insert", 1)]
    spark.sql(f"update {table} set v = 'A' where id = 1")
    spark.sql(f"update {table} set id = 12 where id = 2")
    spark.sql(f"delete from {table} where id in (3, 20)")
    assert changes() == [
        (1, "A", "update_postimage", 2),
        (3, "c", "delete", 4),
        (12, "b", "delete", 3),
        (20, "z", "delete", 4),
    ]
    empty = empty_frame(read, run)
    assert empty.columns == ["id", "v", "_change_type", "_commit_version", "_source"]
    assert empty.count() == 0
