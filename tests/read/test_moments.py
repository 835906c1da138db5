"""Moments: numbers and texts in columns of times, alone and nested, each with what becomes of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.read import Batch
from lakemesh.read.moments import doubtful, mended
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KINDS = {
    "t": "timestamp",
    "d": "date",
    "n": "timestamp_ntz",
    "s": "struct<t:timestamp,x:string>",
    "l": "array<struct<t:timestamp,q:int>>",
    "k": "map<string,timestamp>",
    "m": "decimal(12,2)",
    "w": "decimal(12,4)",
    "p": "map<string,decimal(9,1)>",
    "id": "string",
}
GOOD = "2026-01-02T03:04:05"
# A record, its columns as JSON where they matter, and what is rescued.
CASES: dict[str, tuple[dict[str, Any], dict[str, str] | None]] = {
    '{"t":1767261600}': ({"t": "2026-01-01T10:00:00.000Z"}, None),
    '{"t":0}': ({"t": "1970-01-01T00:00:00.000Z"}, None),
    '{"t":253402300799}': ({"t": "9999-12-31T23:59:59.000Z"}, None),
    '{"t":253402300800}': ({}, {"t": "253402300800"}),
    '{"t":-62135596801}': ({}, {"t": "-62135596801"}),
    '{"t":1767261600000}': ({}, {"t": "1767261600000"}),
    # These run over 64 bits and come out in the years 2004 and 1994.
    '{"t":1844675482166371}': ({}, {"t": "1844675482166371"}),
    '{"t":-1844673640416371}': ({}, {"t": "-1844673640416371"}),
    '{"t":1767261600000000000}': ({}, {"t": "1767261600000000000"}),
    '{"t":99999999999999999999}': ({}, {"t": "99999999999999999999"}),
    '{"t":1.5}': ({}, {"t": "1.5"}),
    '{"t":"2026-01-02T03:04:05.064Z","id":"1767261600000"}': ({"t": "2026-01-02T03:04:05.064Z"}, None),
    '{"t":"+57970-01-01T00:00:00Z"}': ({}, {"t": "+57970-01-01T00:00:00Z"}),
    '{"d":"2026-01-02","n":"2026-01-02T03:04:05"}': ({"d": "2026-01-02", "n": f"{GOOD}.000"}, None),
    '{"d":"+57970-01-01","n":"+57970-01-01"}': ({}, {"d": "+57970-01-01", "n": "+57970-01-01"}),
    '{"d":20454,"n":1767261600}': ({}, {"d": "20454", "n": "1767261600"}),
    '{"s":{"t":1767261600000,"x":"y"}}': ({"s": {"x": "y"}}, {"s.t": "1767261600000"}),
    '{"s":null,"t":1767261600000}': ({}, {"t": "1767261600000"}),
    '{"l":[{"t":1767261600,"q":1},{"t":1767261600000,"q":2},null]}': (
        {"l": [{"t": "2026-01-01T10:00:00.000Z", "q": 1}, {"q": 2}, None]},
        {"l[1].t": "1767261600000"},
    ),
    '{"k":{"a":1767261600,"b":1844675482166371}}': (
        {"k": {"a": "2026-01-01T10:00:00.000Z", "b": None}},
        {"k.b": "1844675482166371"},
    ),
    # A time of day is no moment, and the day on which it is parsed is not what was meant.
    '{"t":"10:00:00"}': ({}, {"t": "10:00:00"}),
    '{"t":" T10:00"}': ({}, {"t": " T10:00"}),
    '{"l":[{"t":"9:15","q":1}],"id":"10:00"}': ({"l": [{"q": 1}]}, {"l[0].t": "9:15"}),
    '{"t":"2026-01-02T10:00:00Z","id":"10:00"}': ({"t": "2026-01-02T10:00:00.000Z"}, None),
    # A date is all that its field says, or a moment's.
    '{"d":"2026-01-02Tgarbage"}': ({}, {"d": "2026-01-02Tgarbage"}),
    '{"d":"2026-01-02 garbage"}': ({}, {"d": "2026-01-02 garbage"}),
    '{"d":"2026-01-02 garbage","id":"2026-01-02"}': ({}, {"d": "2026-01-02 garbage"}),
    '{"d":"2026-01-02T10:00:00Z"}': ({"d": "2026-01-02"}, None),
    '{"d" : "2026-1-2"}': ({"d": "2026-01-02"}, None),
    '{"d":"2026"}': ({"d": "2026-01-01"}, None),
    # Spark passes over every comma of a decimal.
    '{"m":"12,34"}': ({}, {"m": "12,34"}),
    '{"m":"1,2,3","w":"1.234,5"}': ({}, {"m": "1,2,3", "w": "1.234,5"}),
    '{"m":",5"}': ({}, {"m": ",5"}),
    '{"m":"1\\u002c5"}': ({}, {"m": "1,5"}),
    '{"m":"1.5","w":1.2345,"id":"a,b"}': ({"m": 1.5, "w": 1.2345}, None),
    '{"p":{"a":"1,5","b":"2.5"}}': ({"p": {"a": None, "b": 2.5}}, {"p.a": "1,5"}),
}


def test_a_port_whose_timestamps_have_a_format_may_begin_with_a_time(judged: Callable[..., Batch]) -> None:
    today = dt.datetime.now(dt.UTC).strftime("9:15 %d.%m.%Y")
    batch = judged({"t": "timestamp"}, [json.dumps({"t": today})], timestampFormat="H:mm dd.MM.yyyy")
    (row,) = batch.frame.select(F.hour("t"), "_rescued_data").collect()
    assert tuple(row) == (9, None)


def test_a_number_is_a_moment_in_seconds_or_is_rescued(judged: Callable[..., Batch]) -> None:
    batch = judged(KINDS, CASES)
    values = F.to_json(F.struct("t", "d", "n", "s", "l", "k", "m", "w", "p"))
    rows = batch.frame.select(values, "_rescued_data", "__reason").collect()
    assert len(rows) == len(CASES)
    for (said, rescued, reason), (record, (wanted, lost)) in zip(rows, CASES.items(), strict=True):
        assert reason is None, record
        assert json.loads(said) == wanted, record
        assert (json.loads(rescued) if rescued else None) == lost, record


def test_a_type_without_moments_costs_nothing(spark: SparkSession) -> None:
    kind = parse_type("struct<a:bigint,b:array<string>,c:map<string,double>>")
    assert doubtful(F.col("x"), F.col("y"), kind) is None
    assert spark.range(1).select(mended(F.col("id"), F.lit("1"), kind)).columns == ["id"]
