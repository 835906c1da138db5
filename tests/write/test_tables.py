"""Tables: made as the spec says, evolved where nothing is lost, written once for each batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lakemesh.errors import SchemaConflict
from lakemesh.plan.places import Place
from lakemesh.plan.stages import SAID, Land
from lakemesh.query.tables import scan
from lakemesh.spec.columns import struct_of
from lakemesh.write.commits import Txn
from lakemesh.write.tables import append, ensure_table, find_table, overwrite

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Lands = Callable[..., Land]
ODD = 'it\'s "quoted", a back\\slash\nand a second line; `ticks` -- and no comment'
COLUMNS = [
    {"name": "id", "physicalType": "int", "description": ODD},
    {"name": "day", "logicalType": "date"},
    {"name": "who", "physicalType": "struct<name: string>"},
    {"name": "lines", "physicalType": "array<struct<sku: string>>"},
    {"name": "by", "physicalType": "map<string, struct<n: int>>"},
]
WIDER = [
    *COLUMNS[:1],
    {"name": "day", "logicalType": "date", "description": "The day."},
    {"name": "who", "physicalType": "struct<name: string, mail: struct<at: string>>"},
    {"name": "lines", "physicalType": "array<struct<sku: string, qty: int>>"},
    {"name": "by", "physicalType": "map<string, struct<n: int, m: string>>"},
    {"name": "more", "physicalType": "decimal(12,2)", "description": "New."},
]


def ensure(spark: SparkSession, land: Land) -> Any:
    """The table of a stage with a contract, as it was found."""
    assert land.columns is not None
    return ensure_table(spark, land, struct_of(land.columns))


def test_a_table_is_made_as_the_spec_says_and_follows_it(
    spark: SparkSession, land: Lands, place: Place, version: Callable[[Place], int]
) -> None:
    first = land(
        COLUMNS,
        {
            "comment": ODD,
            "properties": {"delta.enableChangeDataFeed": "true", SAID: "x,gone", "x": ODD, "gone": "1"},
        },
        clusterBy=["day", "id"],
    )
    assert ensure(spark, first).is_empty
    made = find_table(spark, place)
    assert made is not None
    assert (made.comment, made.clustering, made.is_empty) == (ODD, ("day", "id"), True)
    assert made.comments["id",] == ODD
    assert (made.properties["delta.enableChangeDataFeed"], made.properties["x"]) == ("true", ODD)

    before = version(place)
    ensure(spark, first)
    assert version(place) == before

    spark.sql(
        f"insert into {place.sql} values"
        " (1, date'2026-01-02', struct('n'), array(struct('s')), map('k', struct(7)))"
    )
    second = land(WIDER, {"comment": "Short.", "properties": {SAID: "x", "x": "y"}}, clusterBy=["id"])
    ensure(spark, second)
    grown = find_table(spark, place)
    assert grown is not None
    assert second.columns is not None
    assert grown.columns == struct_of(second.columns)
    assert (grown.comment, grown.clustering) == ("Short.", ("id",))
    assert (grown.comments["day",], grown.comments["more",]) == ("The day.", "New.")
    assert (grown.properties["x"], grown.properties["delta.enableChangeDataFeed"]) == ("y", "true")
    assert "gone" not in grown.properties
    (row,) = spark.read.format("delta").load(place.location).collect()
    assert row.asDict(recursive=True) == {
        "id": 1,
        "day": row["day"],
        "who": {"name": "n", "mail": None},
        "lines": [{"sku": "s", "qty": None}],
        "by": {"k": {"n": 7, "m": None}},
        "more": None,
    }
    before = version(place)
    ensure(spark, second)
    assert version(place) == before
    bare = [{key: said for key, said in column.items() if key != "description"} for column in WIDER]
    ensure(spark, land(bare, {}))
    last = find_table(spark, place)
    assert last is not None
    assert (last.clustering, last.comment, last.comments["day",]) == ((), "", "")
    assert not {SAID, "x", "gone"} & set(last.properties)
    before = version(place)
    ensure(spark, land(bare, {}))
    assert version(place) == before


REFUSED = {
    "another type": ([{"name": "id", "physicalType": "string"}, *COLUMNS[1:]], "'id' is int in the table"),
    "a narrower type": ([{"name": "id", "physicalType": "smallint"}, *COLUMNS[1:]], "and smallint in the"),
    "a wider type beside a column less": (
        [{"name": "id", "physicalType": "bigint"}, *COLUMNS[2:]],
        "has the column 'day', and the schema has not",
    ),
    "a nested type": (
        [*COLUMNS[:2], {"name": "who", "physicalType": "struct<name: int>"}, *COLUMNS[3:]],
        "'who.name' is string in the table shop.orders.out and int in the schema",
    ),
    "a type in an array": (
        [*COLUMNS[:3], {"name": "lines", "physicalType": "array<struct<sku: int>>"}, COLUMNS[4]],
        "'lines.element.sku' is string",
    ),
    "a column less": (COLUMNS[1:], "has the column 'id', and the schema has not"),
    "a field less": (
        [*COLUMNS[:2], {"name": "who", "physicalType": "struct<other: string>"}, *COLUMNS[3:]],
        "has the column 'who.name', and the schema has not",
    ),
}


def test_what_would_lose_something_is_refused_and_changes_nothing(
    spark: SparkSession, land: Lands, place: Place, version: Callable[[Place], int]
) -> None:
    ensure(spark, land(COLUMNS))
    before = version(place)
    for what, (columns, told) in REFUSED.items():
        changed = land([*columns, {"name": "new", "physicalType": "int"}], {"comment": "changed"})
        with pytest.raises(SchemaConflict) as caught:
            ensure(spark, changed)
        assert told in str(caught.value), what
        assert version(place) == before, what


def test_odd_names_are_columns_like_others(spark: SparkSession, land: Lands, place: Place) -> None:
    columns = [{"name": name, "physicalType": "int"} for name in ("a b", "c`d", "e,f", "select")]
    ensure(spark, land(columns))
    ensure(spark, land([*columns, {"name": "g.h (i)", "physicalType": "int", "description": "Odd."}]))
    frame = spark.sql("select 1 as `a b`, 2 as `c``d`, 3 as `e,f`, 4 as `select`, 5 as `g.h (i)`")
    append(frame, place, Txn("a", 0))
    read = scan(DeltaTable(place.location))
    table = read.read_all() if isinstance(read, pa.RecordBatchReader) else read.to_table()
    assert table.to_pylist() == [{"a b": 1, "c`d": 2, "e,f": 3, "select": 4, "g.h (i)": 5}]


def test_there_is_no_table_where_there_is_no_delta_log(spark: SparkSession, place: Place) -> None:
    assert find_table(spark, place) is None
    spark.sql("select 1 as id").write.parquet(place.location)
    assert find_table(spark, place) is None


def test_an_append_lands_once_for_each_batch(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any]
) -> None:
    ensure(spark, land([{"name": "id", "physicalType": "bigint"}]))
    first = append(spark.range(3), place, Txn("a", 0))
    assert (first.offered, first.inserted) == (3, 3)
    for replayed in (False, True):  # the second time Delta itself leaves it out, the third time we do
        assert append(spark.range(5), place, Txn("a", 0), replayed) == first
    assert append(spark.range(0), place, Txn("a", 1)).offered == 0
    assert append(spark.range(0), place, Txn("a", 1), replayed=True).offered == 0
    assert append(spark.range(1), place, Txn("another", 0)).offered == 1
    assert sorted(row["id"] for row in rows(place)) == [0, 0, 1, 2]


def test_an_overwrite_replaces_all_rows_once_for_each_batch(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any]
) -> None:
    ensure(spark, land([{"name": "id", "physicalType": "bigint"}], write="overwrite", clusterBy=["id"]))
    overwrite(spark.range(3), place, Txn("a", 0))
    second = overwrite(spark.range(5, 7), place, Txn("a", 1))
    assert (second.offered, second.inserted) == (2, 2)
    for replayed in (False, True):
        assert overwrite(spark.range(9), place, Txn("a", 1), replayed) == second
    assert sorted(row["id"] for row in rows(place)) == [5, 6]
    assert find_table(spark, place).clustering == ("id",)  # type: ignore[union-attr]
    assert overwrite(spark.range(0), place, Txn("a", 2)).offered == 0
    assert rows(place) == []
