"""A snapshot beside the open versions; what is refused is in test_history.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.spec.outputs import History
from lakemesh.write.snapshots import compare

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_each_key_beside_its_open_version(spark: SparkSession) -> None:
    port = History.model_validate({"write": "history", "from": "x", "keys": ["k"], "source": "snapshot"})
    there = "k string, v map<string,int>, valid_from int, valid_to int, is_current boolean"
    rows = [("a", {"x": 1}, 1, None, True), ("b", None, 1, None, True), ("c", None, 1, 2, False)]
    before = spark.createDataFrame(rows, there)
    news = [("a", {"x": 1}, 3), ("c", None, 3), ("d", {"x": 2}, 3)]
    now = spark.createDataFrame(news, "k string, v map<string,int>, valid_from int")
    found = {
        (row["s"] and row["s"]["k"], row["t"] and row["t"]["k"], row["same"])
        for row in compare(now, before, port).collect()
    }
    assert found == {("a", "a", True), (None, "b", False), ("c", None, False), ("d", None, False)}
