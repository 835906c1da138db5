"""Columns are found by the words of a spec."""

from __future__ import annotations

import pytest
from pyspark.sql.types import ArrayType, IntegerType, StringType, StructField, StructType

from lakemesh.transform.paths import Place, find, metadata_of


def struct(**fields: object) -> StructType:
    return StructType([StructField(name, kind) for name, kind in fields.items()])  # type: ignore[arg-type]


INT, TEXT = IntegerType(), StringType()
SCHEMA = struct(
    **{
        "a.b": INT,
        "a": struct(**{"b": TEXT, "c.d": struct(e=INT), "c": struct(f=INT)}),
        "Order ID": INT,
        "order id": TEXT,
        "lines": ArrayType(struct(sku=TEXT, parts=ArrayType(struct(no=INT)))),
        "t`k": struct(**{"x`y": INT}),
    }
)
FOUND = [
    ("a.b", ("a.b",), INT, 0),
    ("a.B", ("a.b",), INT, 0),
    ("`a`.`b`", ("a", "b"), TEXT, 0),
    ("a.c.d.e", ("a", "c.d", "e"), INT, 0),
    ("a.c.f", ("a", "c", "f"), INT, 0),
    ("a.`c.d`.e", ("a", "c.d", "e"), INT, 0),
    ("Order ID", ("Order ID",), INT, 0),
    ("order id", ("order id",), TEXT, 0),
    ("lines.SKU", ("lines", "sku"), TEXT, 1),
    ("lines.parts.no", ("lines", "parts", "no"), INT, 2),
    ("t`k", ("t`k",), SCHEMA["t`k"].dataType, 0),
    ("`t``k`.`x``y`", ("t`k", "x`y"), INT, 0),
]


@pytest.mark.parametrize(("words", "path", "kind", "arrays"), FOUND)
def test_a_name_is_found(words: str, path: tuple[str, ...], kind: object, arrays: int) -> None:
    assert find(SCHEMA, words) == Place(path, kind, arrays)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["", ".", "a.x", "a.b.c", "lines.sku.x", "b", "a + 1", "`a", "*"])
def test_what_is_no_name_is_not(words: str) -> None:
    assert find(SCHEMA, words) is None


def test_a_place_says_where_it_is() -> None:
    place = Place(("a", "c.d", "t`k"), INT)
    assert (place.words, place.within, place.is_top) == ("a.c.d.t`k", "`c.d`.`t``k`", False)


def test_metadata_is_known_by_name() -> None:
    assert metadata_of(["id", "_source", "_SOURCE2", "_rescued_data", "_cast_errors"]) == [
        "_source",
        "_rescued_data",
        "_cast_errors",
    ]
