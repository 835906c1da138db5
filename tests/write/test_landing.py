"""What was built beside a table, into it: what differs and no more, once for each identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import LedgerUnbalanced
from lakemesh.plan.stages import Land
from lakemesh.write import landing
from lakemesh.write.landing import land_anew, replace_all
from lakemesh.write.tables import find_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.places import Place

Lands = Callable[..., Land]
Rows = Callable[["Place"], list[dict[str, Any]]]
COLUMNS = [{"name": name, "physicalType": kind} for name, kind in (("id", "int"), ("v", "string"))]
FED = {"properties": {"delta.enableChangeDataFeed": "true"}}


def put(spark: SparkSession, place: Place, values: str) -> None:
    spark.sql(f"select * from values {values} as t(id, v)").write.format("delta").save(place.location)


def changes(spark: SparkSession, place: Place, version: int) -> list[tuple[Any, ...]]:
    feed = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", version)
    return sorted(tuple(row)[:3] for row in feed.load(place.location).collect())


def test_a_merge_shows_what_differs_and_no_more(
    spark: SparkSession, land: Lands, place: Place, rows: Rows, version: Callable[[Place], int]
) -> None:
    output = land(COLUMNS, FED, write="merge", keys=["id"])
    built = place.beside("__new")
    put(spark, built, "(1, 'a'), (2, 'b'), (3, 'c')")
    land_anew(spark, output, built, "r1")
    assert len(rows(place)) == 3
    again = place.beside("__again")
    put(spark, again, "(1, 'a'), (2, 'x'), (4, 'd')")
    before = version(place)
    for _ in range(2):
        land_anew(spark, output, again, "r2")
        assert version(place) == before + 1
    assert changes(spark, place, version(place)) == [
        (2, "b", "update_preimage"),
        (2, "x", "update_postimage"),
        (3, "c", "delete"),
        (4, "d", "insert"),
    ]
    land_anew(spark, output, place.beside("__nothing"), "r3")
    assert rows(place) == []


def test_an_append_is_replaced(spark: SparkSession, land: Lands, place: Place, rows: Rows) -> None:
    built = place.beside("__new")
    put(spark, built, "(1, 'a')")
    put(spark, place, "(7, 'z')")
    for _ in range(2):
        land_anew(spark, land(COLUMNS), built, "r1")
        assert rows(place) == [{"id": 1, "v": "a"}]


@pytest.mark.parametrize("fault", [lambda rows: rows.limit(1), lambda rows: rows.union(rows.limit(1))])
@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("_merge", {"write": "merge", "keys": ["id"]}),
        ("overwrite", {"write": "append"}),
        ("overwrite", {"write": "overwrite", "where": "id > 0"}),
    ],
)
def test_a_row_lost_or_doubled_while_landing_is_seen_and_landed_anew(
    spark: SparkSession,
    land: Lands,
    place: Place,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    written: str,
    port: dict[str, Any],
    fault: Callable[[DataFrame], DataFrame],
) -> None:
    right, built = getattr(landing, written), place.beside("__new")
    put(spark, built, "(1, 'a'), (2, 'b'), (3, 'c')")

    def wrong(frame: DataFrame, *rest: Any, **more: Any) -> None:
        right(fault(frame), *rest, **more)

    monkeypatch.setattr(landing, written, wrong)
    with pytest.raises(
        LedgerUnbalanced, match=r"the refresh built 3 rows for .*, and [14] landed: run again"
    ):
        land_anew(spark, land(COLUMNS, FED, **port), built, "r1")
    monkeypatch.setattr(landing, written, right)
    land_anew(spark, land(COLUMNS, FED, **port), built, "r1")
    assert sorted(row["id"] for row in rows(place)) == [1, 2, 3]


def test_a_table_beside_holds_what_was_built(
    spark: SparkSession, place: Place, rows: Rows, version: Callable[[Place], int]
) -> None:
    built = place.beside("__new")
    replace_all(spark, built, place, "r0")
    assert find_table(spark, place) is None
    put(spark, built, "(1, 'a')")
    replace_all(spark, built, place, "r1")
    assert rows(place) == [{"id": 1, "v": "a"}]
    replace_all(spark, place.beside("__nothing"), place, "r2")
    assert rows(place) == []
    before = version(place)
    replace_all(spark, place.beside("__nothing"), place, "r2")
    assert version(place) == before
