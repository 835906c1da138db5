"""Groups made anew in a table: replaced by an overwrite, made equal by a merge, once for each identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import RunError
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land, Recompute
from lakemesh.write import Txn, ensure
from lakemesh.write.recompute import changed_groups, in_groups, replace
from lakemesh.write.shape import type_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SAID = Recompute(by=("g",), base="rows", view="rows")
COLUMNS = [{"name": "g", "logicalType": "string"}, {"name": "k", "logicalType": "integer"}]
PORTS: list[dict[str, Any]] = [{"write": "overwrite"}, {"write": "merge", "keys": ["g", "k"]}]


def rows_of(spark: SparkSession, *rows: tuple[str | None, int]) -> DataFrame:
    return spark.createDataFrame(list(rows), "g string, k bigint")


@pytest.mark.parametrize("port", PORTS, ids=["overwrite", "merge"])
def test_of_the_groups_only_what_was_made_is_left(
    spark: SparkSession,
    land: Callable[..., Land],
    rows: Callable[[Place], Any],
    version: Callable[[Place], int],
    port: dict[str, Any],
) -> None:
    out = land(COLUMNS, {"properties": {"delta.enableChangeDataFeed": "true"}}, recompute=["g"], **port)
    first = rows_of(spark, ("a", 1), ("a", 2), ("b", 1))
    ensure(spark, out, type_of(first))
    written = replace(first, out, SAID, None, Txn("t", 0), False)
    assert (written.offered, written.inserted) == (3, 3)

    groups = spark.createDataFrame([("a",), ("c",), (None,)], "g string")
    made = rows_of(spark, ("a", 2), ("a", 3))
    written = replace(made, out, SAID, groups, Txn("t", 1), False)
    inserted = 2 if port["write"] == "overwrite" else 1
    assert (written.offered, written.inserted, written.stale) == (2, inserted, 2 - inserted)
    held = [("a", 2), ("a", 3), ("b", 1)]
    assert sorted((row["g"], row["k"]) for row in rows(out.table)) == held
    assert [row["g"] for row in changed_groups(spark, out.table, written.version, ("g",)).collect()] == ["a"]

    stood = version(out.table)
    assert replace(made, out, SAID, groups, Txn("t", 1), True) == written
    with pytest.raises(RunError, match=r"rows of a group that they were not given \(g b\)"):
        replace(rows_of(spark, ("b", 7)), out, SAID, groups, Txn("t", 2), False)
    assert version(out.table) == stood
    assert sorted((row["g"], row["k"]) for row in rows(out.table)) == held

    written = replace(rows_of(spark).where("false"), out, SAID, groups, Txn("t", 3), False)
    assert (written.offered, written.inserted) == (0, 0)
    assert [row["g"] for row in rows(out.table)] == ["b"]


def test_null_is_a_group_like_any_other(spark: SparkSession) -> None:
    groups = spark.createDataFrame([(None,)], "g string")
    found = in_groups(rows_of(spark, ("a", 1), (None, 2)), groups, ("g",))
    assert [row["k"] for row in found.collect()] == [2]
