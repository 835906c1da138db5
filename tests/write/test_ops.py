"""Facts into the ops tables: plain appends with the columns that readers know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.observe.ops import OPS
from lakemesh.plan.places import Place
from lakemesh.spec.types import parse_type
from lakemesh.write.ops import append_facts
from lakemesh.write.tables import find_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.timezone(dt.timedelta(hours=1)))


def test_no_fact_makes_no_table(spark: SparkSession, place: Place) -> None:
    append_facts(spark, place, "runs", [])
    assert find_table(spark, place) is None


def test_facts_keep_their_types_and_leave_out_what_is_unknown(
    spark: SparkSession, place: Place, rows: Callable[[Place], Any]
) -> None:
    zone = spark.conf.get("spark.sql.session.timeZone") or "UTC"
    spark.conf.set("spark.sql.session.timeZone", "Asia/Kolkata")
    try:
        facts = {
            "product": "p",
            "batch": 3,
            "at": AT,
            "files": [{"path": "file:/x", "size": 1, "modified": AT}],
            "nobody": "knows",
        }
        append_facts(spark, place, "batches", [facts])
        append_facts(spark, place, "batches", [{"product": "q"}])
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
    first, second = sorted(rows(place), key=lambda row: row["product"])
    assert (first["at"], first["batch"], first["clock"]) == (AT, 3, None)
    assert first["files"] == [{"path": "file:/x", "size": 1, "modified": AT}]
    assert {value for key, value in second.items() if key != "product"} == {None}


@pytest.mark.parametrize("kind", OPS)
def test_every_table_takes_a_row_of_nothing(spark: SparkSession, place: Place, kind: str) -> None:
    append_facts(spark, place, kind, [{}])
    found = find_table(spark, place)
    assert found is not None
    assert found.columns == parse_type(f"struct<{OPS[kind]}>")
    assert spark.read.format("delta").load(place.location).count() == 1
