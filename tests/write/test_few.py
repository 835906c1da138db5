"""A few rows appended without a write by Spark: as Spark reads them back, and what is left to Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakemesh.plan.places import Place
from lakemesh.spec.types import parse_type
from lakemesh.write.commits import Txn, find_commit
from lakemesh.write.few import append_few, arrow_type
from lakemesh.write.tables import load

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TXN = Txn("p/in/g/bad", 3)
ALL_TYPES = """
select 'Zoë 🎈' as text, cast(7 as tinyint) as tiny, cast(7 as smallint) as small, 7 as whole, 7L as long,
  cast('NaN' as float) as single, cast('-Infinity' as double) as double, 1.50 as money, true as truth,
  date'0001-01-01' as day, timestamp'9999-12-31 23:59:59.999999Z' as at, x'00ff' as bytes,
  named_struct('in', array(1, null), 'of', map('k', array(named_struct('deep', 0.1D)))) as nested,
  cast(null as decimal(38,18)) as nothing
"""


def made_by(place: Place) -> str:
    """What wrote the last commit of a table."""
    return str(DeltaTable(place.location).history(1)[0]["engineInfo"])


def test_rows_of_all_plain_types_are_read_back_by_spark(spark: SparkSession, place: Place) -> None:
    frame = spark.sql(ALL_TYPES)
    assert append_few(frame, place, TXN)
    assert append_few(frame, place, Txn(TXN.app_id, 4))
    found = load(spark, place)
    assert found.schema.simpleString() == frame.schema.simpleString()
    assert [str(row) for row in found.collect()] == [str(frame.first())] * 2
    assert found.where("single > 1e30 and double < 0").count() == 2


def test_the_commit_is_found_by_its_identity_and_says_what_it_added(
    spark: SparkSession, place: Place
) -> None:
    assert append_few(spark.range(3), place, TXN)
    commit = find_commit(spark, place, TXN, replayed=True)
    assert commit is not None
    assert (commit.version, commit.added) == (0, 3)
    assert DeltaTable(place.location).transaction_version(TXN.app_id) == TXN.version


def test_an_identity_that_was_seen_adds_nothing(spark: SparkSession, place: Place) -> None:
    for number in (3, 3, 2, 4):
        assert append_few(spark.range(1), place, Txn("p/in/g/bad", number))
    assert [commit["version"] for commit in DeltaTable(place.location).history()] == [1, 0]


def test_spark_and_delta_rs_append_to_one_table_by_turns(spark: SparkSession, place: Place) -> None:
    frame = spark.sql("select 1 as id")
    frame.write.format("delta").save(place.location)
    assert "Spark" in made_by(place)
    assert append_few(frame, place, TXN)
    assert "delta-rs" in made_by(place)
    frame.write.format("delta").mode("append").save(place.location)
    assert [row["id"] for row in load(spark, place).collect()] == [1, 1, 1]


@pytest.mark.parametrize(
    "query",
    [
        "select 1 as `an id`",
        "select timestamp_ntz'2026-01-01 00:00:00' as at",
        "select parse_json('1') as any",
        "select null as nothing",
        "select raise_error('no such row') as id",
    ],
)
def test_what_no_plain_table_holds_is_left_to_spark(spark: SparkSession, place: Place, query: str) -> None:
    assert not append_few(spark.sql(query), place, TXN)
    assert not DeltaTable.is_deltatable(place.location)


@pytest.mark.parametrize("query", ["select 1 as ID", "select 1L as id", "select 1 as id, 2 as more"])
def test_a_table_takes_its_own_columns_alone(spark: SparkSession, place: Place, query: str) -> None:
    spark.sql("select 1 as id").write.format("delta").save(place.location)
    assert not append_few(spark.sql(query), place, TXN)
    assert DeltaTable(place.location).version() == 0


def test_a_table_with_features_is_left_to_spark(spark: SparkSession, place: Place) -> None:
    writer = spark.sql("select 1 as id").write.format("delta")
    writer.option("delta.columnMapping.mode", "name").save(place.location)
    assert not append_few(spark.sql("select 2 as id"), place, TXN)


def test_a_table_elsewhere_is_left_to_spark(spark: SparkSession) -> None:
    place = Place(name="shop.things.bad", location="abfss://lake@account/bad")
    assert not append_few(spark.range(1), place, TXN)


def test_arrow_has_no_void() -> None:
    with pytest.raises(TypeError, match="void"):
        arrow_type(parse_type("struct<id:array<void>>"))
