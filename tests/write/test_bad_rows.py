"""Rows that did not make it: appended once for each batch, with their origin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lakemesh.plan.places import Place
from lakemesh.write.bad_rows import write_bad_rows
from lakemesh.write.commits import Txn

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
ORIGIN = ("run-1", "in", CLOCK)


def test_bad_rows_land_once_with_their_origin(
    spark: SparkSession, place: Place, rows: Callable[[Place], Any]
) -> None:
    frame = spark.sql("select 1 as id, 'why' as _reason")
    assert write_bad_rows(frame, place, Txn("t", 4), ORIGIN, replayed=True) == 1
    for replayed in (False, True):
        assert write_bad_rows(frame, place, Txn("t", 4), ("run-2", "in", CLOCK), replayed) == 1
    assert rows(place) == [
        {"id": 1, "_reason": "why", "_run": "run-1", "_flow": "in", "_batch": 4, "_at": CLOCK}
    ]


def test_a_new_column_of_the_output_comes_along(
    spark: SparkSession, place: Place, rows: Callable[[Place], Any]
) -> None:
    write_bad_rows(spark.sql("select 1 as id"), place, Txn("t", 0), ORIGIN, replayed=False)
    write_bad_rows(spark.sql("select 2 as id, 'x' as more"), place, Txn("t", 1), ORIGIN, replayed=False)
    assert sorted((row["id"], row["more"], row["_batch"]) for row in rows(place)) == [
        (1, None, 0),
        (2, "x", 1),
    ]
