"""A key that JSON says twice in a map: the last one counts, wherever the map stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.records import SOURCE
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.run import Run

KINDS = {
    "m": "map<string,int>",
    "n": "map<string,map<string,decimal(9,2)>>",
    "a": "array<map<string,string>>",
    "s": "struct<m:map<string,timestamp>,x:int>",
}
CASES: dict[str, dict[str, Any]] = {
    '{"m":{"a":1,"b":3,"a":2}}': {"m": {"b": 3, "a": 2}},
    '{"m":{"a":1,"a":null}}': {"m": {"a": None}},
    '{"m":{}}': {"m": {}},
    '{"n":{"k":{"a":1,"a":2.5},"l":{"a":1}}}': {"n": {"k": {"a": 2.5}, "l": {"a": 1.0}}},
    '{"n":{"k":{"a":1},"k":{"b":2}}}': {"n": {"k": {"b": 2.0}}},
    '{"a":[{"a":"x","a":"y"},{"b":"1.10"}]}': {"a": [{"a": "y"}, {"b": "1.10"}]},
    '{"s":{"m":{"a":0,"a":"2026-01-02T00:00:00Z"},"x":1}}': {
        "s": {"m": {"a": "2026-01-02T00:00:00.000Z"}, "x": 1}
    },
    '{"s":null,"m":null}': {},
}


def test_the_last_one_counts(spark: SparkSession, run: Run) -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"a": "bigint"}})
    columns = tuple(Column.model_validate({"name": n, "physicalType": kind}) for n, kind in KINDS.items())
    raw = spark.createDataFrame([(record,) for record in CASES], "value string")
    raw = raw.withColumn("_source", F.lit(None).cast(SOURCE))
    batch = judge_records(Read(name="in", mode="batch", port=port, columns=columns), raw, run)
    # map_from_entries stops at a key that is there twice.
    again = F.map_from_entries(F.map_entries("m")).alias("m")
    rows = batch.frame.select(F.to_json(F.struct(again, "n", "a", "s")), "__reason").collect()
    found = {record: json.loads(row[0]) for record, row in zip(CASES, rows, strict=True)}
    assert [row["__reason"] for row in rows] == [None] * len(CASES)
    assert found == CASES
