"""Comments of columns and of their fields, in arrays and maps too, made and changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land
from lakemesh.spec.columns import struct_of
from lakemesh.spec.types import parse_type
from lakemesh.write.comments import comment, described, wanted_comments
from lakemesh.write.tables import ensure_table, find_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def field(name: str, text: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": "string", "description": text, **said}


def columns(word: str) -> list[dict[str, Any]]:
    inner = {"logicalType": "object", "properties": [field("sku", f"{word} sku's")]}
    return [
        field("id", ""),
        field("who", f"{word} who", logicalType="object", properties=[field("na me", f"{word} \\ name")]),
        field("lines", "", logicalType="array", items=inner),
        field("by", "", logicalType="map", values=inner),
        {"name": "plain", "physicalType": "struct<a: int>", "description": f"{word} plain"},
    ]


def test_a_clause_where_something_is_said() -> None:
    assert (comment(""), comment("it's")) == ("", " COMMENT 'it\\'s'")


def test_the_type_is_the_same_with_and_without_comments(land: Callable[..., Land]) -> None:
    stage = land([{**column, "description": ""} for column in columns("x")])
    for column in stage.columns or ():
        bare = re.sub(r" COMMENT '(?:\\.|[^'])*'", "", described(column))
        assert parse_type(bare) == column.data_type


def test_comments_are_made_and_follow_the_spec(
    spark: SparkSession, land: Callable[..., Land], place: Place, version: Callable[[Place], int]
) -> None:
    for word in ("first", "second"):
        stage = land(columns(word), {"properties": {"delta.columnMapping.mode": "name"}})
        ensure_table(spark, stage, struct_of(stage.columns or ()))
        found = find_table(spark, place)
        assert found is not None
        wanted = dict(wanted_comments(stage.columns or ()))
        assert wanted == {
            ("who",): f"{word} who",
            ("who", "na me"): f"{word} \\ name",
            ("lines", "element", "sku"): f"{word} sku's",
            ("by", "value", "sku"): f"{word} sku's",
            ("plain",): f"{word} plain",
        }
        assert {path: text for path, text in found.comments.items() if text} == wanted
        before = version(place)
        ensure_table(spark, stage, struct_of(stage.columns or ()))
        assert version(place) == before
