"""Commits that know which batch they are: found again by it, and by nothing like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lakemesh.errors import RunError
from lakemesh.plan.places import Place
from lakemesh.write.commits import Commit, Txn, find_commit, mark, marked_session, require_commit

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_an_identity_is_a_text_of_its_own() -> None:
    txn = Txn("shop.orders/it's/g\\1/out", 3)
    assert json.loads(txn.metadata) == {"txnAppId": "shop.orders/it's/g\\1/out", "txnVersion": 3}
    assert Commit(1, {"numOutputRows": 2}).count("numSourceRows") == 0


def test_a_commit_is_found_by_its_very_identity(
    spark: SparkSession, place: Place, version: Callable[[Place], int]
) -> None:
    odd = Txn("shop.orders/it's/g\\1/out", 3)
    for number, txn in enumerate((odd, Txn("shop.orders/in/g/out", 33))):
        frame = spark.range(number + 1)
        mark(frame.write.format("delta").mode("append"), txn).save(place.location)
    for _ in range(2):
        spark.range(1).write.format("delta").mode("append").save(place.location)
    for replayed in (False, True):
        found = find_commit(spark, place, odd, replayed)
        assert found is not None
        assert (found.version, found.count("numOutputRows")) == (0, 1)
        assert find_commit(spark, place, Txn("shop.orders/in/g/out", 3), replayed) is None
    assert require_commit(spark, place, Txn("shop.orders/in/g/out", 33)).version == 1
    with pytest.raises(RunError, match=r"shop.orders.out does not hold the commit of other, batch 1"):
        require_commit(spark, place, Txn("other", 1))


def test_a_session_carries_an_identity_only_within(spark: SparkSession) -> None:
    keys = [
        f"spark.databricks.delta.{key}"
        for key in ("write.txnAppId", "write.txnVersion", "commitInfo.userMetadata")
    ]
    with pytest.raises(ValueError, match="broken"), marked_session(spark, Txn("a", 7)):
        assert [spark.conf.get(key) for key in keys] == ["a", "7", Txn("a", 7).metadata]
        raise ValueError("broken")
    assert [spark.conf.get(key, None) for key in keys] == [None, None, None]
