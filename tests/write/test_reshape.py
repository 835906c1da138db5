"""Tables whose contract renames or widens columns: written again once, readable by everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from lakemesh.plan.stages import Land
from lakemesh.spec.columns import struct_of
from lakemesh.write.reshape import target_of
from lakemesh.write.tables import REWRITTEN, ensure_table, find_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place

Lands = Callable[..., Land]
BEFORE = [
    {"name": "id", "physicalType": "int", "description": "The id."},
    {"name": "amount", "physicalType": "decimal(10,2)"},
    {"name": "who", "logicalType": "object", "properties": [{"name": "n", "physicalType": "int"}]},
    {
        "name": "lines",
        "logicalType": "array",
        "items": {"logicalType": "object", "properties": [{"name": "qty", "physicalType": "smallint"}]},
    },
    {"name": "by", "physicalType": "map<string,int>"},
]
AFTER = [
    {"name": "id", "physicalType": "bigint", "description": "The id."},
    {"name": "new", "physicalType": "string"},
    {"name": "total", "physicalType": "decimal(12,3)", "renamedFrom": "amount", "description": "Was amount."},
    {
        "name": "who",
        "logicalType": "object",
        "properties": [
            {"name": "number", "physicalType": "bigint", "renamedFrom": "n"},
            {"name": "more", "physicalType": "string"},
        ],
    },
    {
        "name": "lines",
        "logicalType": "array",
        "items": {
            "logicalType": "object",
            "properties": [{"name": "count", "physicalType": "int", "renamedFrom": "qty"}],
        },
    },
    {"name": "by", "physicalType": "map<string,bigint>"},
]


def ensure(spark: SparkSession, land: Land) -> None:
    """The table of a stage, as its contract says."""
    assert land.columns is not None
    ensure_table(spark, land, struct_of(land.columns))


def test_renamed_and_widened_columns_keep_their_data(spark: SparkSession, land: Lands, place: Place) -> None:
    about = {"comment": "Orders.", "properties": {"delta.enableChangeDataFeed": "true"}}
    ensure(spark, land(BEFORE, about, clusterBy=["amount"]))
    spark.sql(
        f"insert into {place.sql} values (1, 1.25, struct(7), array(struct(2S), null), map('k', 3)),"
        " (null, null, null, null, null)"
    )
    beside = place.beside("__quarantine")
    spark.sql("select 1 as id, 2BD as amount, 'why' as _reason").write.format("delta").save(beside.location)
    ensure(spark, land(AFTER, about, clusterBy=["total"]))
    (kept,) = DeltaTable(beside.location).to_pyarrow_dataset().to_table().to_pylist()
    assert {**kept, "total": str(kept["total"])} == {"id": 1, "total": "2.000", "_reason": "why"}
    found = find_table(spark, place)
    assert found is not None
    wanted = land(AFTER).columns
    assert sorted(found.columns.fields) == sorted(struct_of(wanted).fields)
    assert (found.comment, found.clustering) == ("Orders.", ("total",))
    assert (found.comments["id",], found.comments["total",]) == ("The id.", "Was amount.")
    assert found.properties["delta.enableChangeDataFeed"] == "true"
    read = DeltaTable(place.location).to_pyarrow_dataset().to_table().sort_by("id").to_pylist()
    assert [{**row, "total": str(row["total"]), "by": row["by"] and dict(row["by"])} for row in read] == [
        {
            "id": 1,
            "total": "1.250",
            "who": {"number": 7, "more": None},
            "lines": [{"count": 2}, None],
            "by": {"k": 3},
            "new": None,
        },
        {"id": None, "total": "None", "who": None, "lines": None, "by": None, "new": None},
    ]
    log = spark.sql(f"describe history {place.sql}").collect()
    assert [row["userMetadata"] for row in log].count(REWRITTEN) == 1
    ensure(spark, land(AFTER, about, clusterBy=["total"]))
    assert spark.sql(f"describe history {place.sql}").count() == len(log)


TARGETS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], str]] = {
    "a name that stands already": (
        [{"name": "a", "physicalType": "int"}, {"name": "b", "physicalType": "int"}],
        [{"name": "a", "physicalType": "int"}, {"name": "b", "physicalType": "int", "renamedFrom": "a"}],
        "struct<`a`:int,`b`:int>",
    ),
    "another case": (
        [{"name": "Amount", "physicalType": "int"}],
        [{"name": "total", "physicalType": "int", "renamedFrom": "amount"}],
        "struct<`total`:int>",
    ),
    "a loss": (
        [{"name": "a", "physicalType": "bigint"}],
        [{"name": "a", "physicalType": "int"}],
        "struct<`a`:bigint>",
    ),
    "an order of one's own": (
        [{"name": "a", "physicalType": "int"}, {"name": "b", "physicalType": "date"}],
        [
            {"name": "b", "physicalType": "timestamp"},
            {"name": "c", "physicalType": "int"},
            {"name": "a", "physicalType": "int"},
        ],
        "struct<`a`:int,`b`:timestamp>",
    ),
}


@pytest.mark.parametrize("case", TARGETS)
def test_what_a_table_becomes(spark: SparkSession, land: Lands, case: str) -> None:
    before, after, told = TARGETS[case]
    found, wanted = land(before).columns, land(after).columns
    assert found is not None
    assert wanted is not None
    assert target_of(struct_of(found), struct_of(wanted), wanted).ddl == told
