"""Properties of events as JSON: what a Kafka sender wrote, and what AMQP encoded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lakemesh.read.properties import properties_json

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Headers = list[tuple[str, bytes | None]]
MARK = ("AMQPheaders", b"\x44")


def told(spark: SparkSession, *events: Headers | None) -> list[dict[str, str | None] | None]:
    frame = spark.createDataFrame(
        [(headers,) for headers in events], "headers array<struct<key:string,value:binary>>"
    ).coalesce(1)
    found = [row[0] for row in frame.select(properties_json()).collect()]
    return [None if text is None else json.loads(text) for text in found]


def test_texts_and_bytes(spark: SparkSession) -> None:
    headers: Headers = [("type", b"order"), ("quote", b'"\xc3\xa4'), ("raw", b"\xff\x00"), ("none", None)]
    said = {"type": "order", "quote": '"ä', "raw": "0xFF00", "none": None}
    assert told(spark, headers, [], None) == [said, None, None]


def test_of_a_name_said_twice_the_last_counts(spark: SparkSession) -> None:
    assert told(spark, [("a", b"1"), ("b", b"2"), ("a", b"3")]) == [{"a": "3", "b": "2"}]


def test_what_amqp_encoded(spark: SparkSession) -> None:
    long_text = b"x" * 300
    sure: Headers = [
        ("text", b"\xa1\x05hello"),
        ("long", b"\xb1" + len(long_text).to_bytes(4, "big") + long_text),
        ("big", b"\x81" + (-5).to_bytes(8, "big", signed=True)),
        ("cut", b"\xa1\x05hel"),
    ]
    unsure: Headers = [
        ("small", b"\x54\x9c"),
        ("int", b"\x71" + (-1234).to_bytes(4, "big", signed=True)),
        ("yes", b"\x41"),
        ("no", b"\x42"),
        ("bool", b"\x56\x01"),
        ("nothing", b"\x40"),
    ]
    first, marked, plain = told(spark, sure, [*unsure, MARK], [("yes", b"A"), ("small", b"T5")])
    assert first == {"text": "hello", "long": "x" * 300, "big": "-5", "cut": "0xA10568656C"}
    assert marked is not None
    assert {name: marked.get(name) for name, _ in unsure} == {
        "small": "-100",
        "int": "-1234",
        "yes": "true",
        "no": "false",
        "bool": "true",
        "nothing": None,
    }
    assert plain == {"yes": "A", "small": "T5"}, "without the mark they are what a Kafka sender wrote"
