"""Rows that did not make it: appended once for each batch, with their origin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable

from lakemesh.plan.places import Place
from lakemesh.write.bad_rows import write_bad_rows
from lakemesh.write.commits import Txn
from lakemesh.write.few import FEW

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
ORIGIN = ("run-1", "in", CLOCK)


def test_bad_rows_land_once_with_their_origin(
    spark: SparkSession, place: Place, rows: Callable[[Place], Any]
) -> None:
    frame = spark.sql("select 1 as id, 'why' as _reason")
    assert write_bad_rows(frame, place, Txn("t", 4), ORIGIN, replayed=True, expected=1) == 1
    for replayed in (False, True):
        assert write_bad_rows(frame, place, Txn("t", 4), ("run-2", "in", CLOCK), replayed, 1) == 1
    assert rows(place) == [
        {"id": 1, "_reason": "why", "_run": "run-1", "_flow": "in", "_batch": 4, "_at": CLOCK}
    ]


def test_a_new_column_of_the_output_comes_along(
    spark: SparkSession, place: Place, rows: Callable[[Place], Any]
) -> None:
    for number, query in enumerate(("select 1 as id", "select 2 as id, 'x' as more")):
        write_bad_rows(spark.sql(query), place, Txn("t", number), ORIGIN, replayed=False, expected=1)
    assert sorted((row["id"], row["more"], row["_batch"]) for row in rows(place)) == [
        (1, None, 0),
        (2, "x", 1),
    ]


def test_a_few_rows_are_no_write_of_sparks_and_many_are(spark: SparkSession, place: Place) -> None:
    for number, expected in enumerate((FEW, FEW + 1)):
        write_bad_rows(spark.sql("select 1 as id"), place, Txn("t", number), ORIGIN, False, expected)
    engines = [str(commit["engineInfo"]) for commit in DeltaTable(place.location).history()]
    assert ["delta-rs" in engine for engine in engines] == [False, True]
