from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.plan.validate.values import misfits
from lakemesh.runner.givens import parsed_rows
from lakemesh.spec.document import Numeral
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VALUES: tuple[Any, ...] = (
    None,
    True,
    7,
    2.5,
    Numeral("2.50"),
    "word",
    "2.50",
    "NaN",
    "-Infinity",
    "2026-11-01",
    "2026-11-01T10:00:00Z",
    [],
    {},
)
TYPES = (
    "string",
    "boolean",
    "tinyint",
    "int",
    "bigint",
    "double",
    "decimal(12,2)",
    "array<int>",
    "struct<a:int>",
    "map<string,int>",
)


@pytest.mark.parametrize("ddl", TYPES)
def test_what_fits_is_what_spark_takes(spark: SparkSession, ddl: str) -> None:
    parsed = parsed_rows(spark, [{"v": value} for value in VALUES], f"struct<v:{ddl}>", "given.rows")
    taken = [row["wrong"] is None for row in parsed.select("wrong").collect()]
    ours = [not list(misfits(value, parse_type(ddl), ())) for value in VALUES]
    assert dict(zip(map(repr, VALUES), ours, strict=True)) == dict(zip(map(repr, VALUES), taken, strict=True))


@pytest.mark.parametrize(
    ("value", "ddl", "at", "said"),
    [
        (True, "date", (), "'true' is no date"),
        (7, "timestamp_ntz", (), "'7' is no timestamp_ntz"),
        ([], "timestamp", (), "a list is no timestamp"),
        (2, "binary", (), "'2' is no binary"),
        ({"a": [1, "two"]}, "struct<A:array<int>>", ("a", 1), "'two' is no int"),
        ({"a": {}}, "map<string,bigint>", ("a",), "an object is no bigint"),
        ({"b": 1}, "array<struct<b:int>>", (), "an object is no array<struct<b:int>>"),
    ],
)
def test_what_is_said_and_where(value: Any, ddl: str, at: tuple[Any, ...], said: str) -> None:
    assert list(misfits(value, parse_type(ddl), ())) == [(at, said)]


@pytest.mark.parametrize(
    ("value", "ddl"),
    [("2026-11-01", "date"), (1767225600, "timestamp"), ("aGk=", "binary"), ({"any": 1}, "variant")],
)
def test_what_is_left_to_spark(value: Any, ddl: str) -> None:
    assert list(misfits(value, parse_type(ddl), ())) == []
