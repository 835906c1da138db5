from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.surrogates import has_half_pair

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.read import Batch

PARTS = (r"\ud83d", r"\ude00", r"\uD83D", r"\uDE00", r"\\", "ud83d", "x")


def holds_a_half(text: str) -> bool:
    """What Python makes of a JSON string has a surrogate in it that found no other half."""
    return any("\ud800" <= sign <= "\udfff" for sign in json.loads(text))


def test_halves_are_what_python_finds(spark: SparkSession) -> None:
    texts = [f'"{"".join(parts)}"' for length in range(5) for parts in product(PARTS, repeat=length)]
    frame = spark.createDataFrame([(text,) for text in texts], "text string")
    found = [row[0] for row in frame.select(has_half_pair(F.col("text"))).collect()]
    assert [text for text, half in zip(texts, found, strict=True) if half] == list(
        filter(holds_a_half, texts)
    )


def test_a_record_with_a_half_is_rejected(judged: Callable[..., Batch]) -> None:
    records = {
        r'{"a": "\ud83d\ude00"}': None,
        r'{"a": "half \ud83d"}': "half of a surrogate pair",
        r'{"\ude00": 1}': "half of a surrogate pair",
        r'{"a": "half \ud83d"': "not valid JSON",
        r'{"a": "\\ud83d"}': None,
    }
    rows = judged({"a": "string"}, records).frame.select("a", "__reason").collect()
    assert [row["__reason"] for row in rows] == list(records.values())
    assert [row["a"] for row in rows if row["__reason"] is None] == ["😀", r"\ud83d"]


def test_a_document_with_a_half_is_rejected_whole(judged: Callable[..., Batch]) -> None:
    documents = [r'[{"a": "x"}, {"a": "\ud83d"}]', r'[{"a": "x"}, {"a": "\ud83d\ude00"}]']
    rows = (
        judged({"a": "string"}, documents, multiLine=True).frame.select("a", "__value", "__reason").collect()
    )
    assert [tuple(row) for row in rows] == [
        (None, documents[0], "half of a surrogate pair"),
        ("x", None, None),
        ("😀", None, None),
    ]
