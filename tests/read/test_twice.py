"""A key that JSON says twice in a map: the last one counts, wherever the map stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyspark.sql import functions as F

from lakemesh.read import Batch

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


def test_the_last_one_counts(judged: Callable[..., Batch]) -> None:
    batch = judged(KINDS, CASES)
    # map_from_entries stops at a key that is there twice.
    again = F.map_from_entries(F.map_entries("m")).alias("m")
    rows = batch.frame.select(F.to_json(F.struct(again, "n", "a", "s")), "__reason").collect()
    found = {record: json.loads(row[0]) for record, row in zip(CASES, rows, strict=True)}
    assert [row["__reason"] for row in rows] == [None] * len(CASES)
    assert found == CASES
