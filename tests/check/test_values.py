"""Values of a spec beside a column's own type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.check.columns import find
from lakemesh.check.values import literal, whole_number
from lakemesh.errors import RunError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TYPES = {
    "s": "string",
    "b": "boolean",
    "i": "int",
    "l": "bigint",
    "d": "double",
    "n": "decimal(12,2)",
    "dt": "date",
    "ts": "timestamp",
    "ntz": "timestamp_ntz",
}
GOOD: list[tuple[str, Any, str, str | None]] = [
    ("s", "it's `odd` \\", "string", "it's `odd` \\"),
    ("b", False, "boolean", "false"),
    ("i", 3, "bigint", "3"),
    ("i", 3.0, "bigint", "3"),
    ("i", "1.10", "decimal(3,2)", "1.10"),
    ("i", 2.5, "decimal(2,1)", "2.5"),
    ("i", float("inf"), "double", "Infinity"),
    ("l", 2**63, "decimal(19,0)", "9223372036854775808"),
    ("l", 1e30, "decimal(31,0)", "1000000000000000000000000000000"),
    ("l", 1e50, "double", "1.0E50"),
    ("n", 0.1, "decimal(1,1)", "0.1"),
    ("n", 1e-7, "decimal(7,7)", "0.0000001"),
    ("n", Decimal("1.50"), "decimal(3,2)", "1.50"),
    ("n", 0, "decimal(1,0)", "0"),
    ("d", 1, "double", "1.0"),
    ("d", "1.50", "double", "1.5"),
    ("d", float("nan"), "double", "NaN"),
    ("dt", "2026-01-31", "date", "2026-01-31"),
    ("dt", dt.date(2026, 1, 31), "date", "2026-01-31"),
    ("ts", "2026-01-31", "timestamp", "2026-01-31 00:00:00"),
    ("ts", "2026-01-31T12:00:00.123456Z", "timestamp", "2026-01-31 12:00:00.123456"),
    ("ts", "2026-01-31T12:00:00+05:30", "timestamp", "2026-01-31 06:30:00"),
    ("ts", dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC), "timestamp", "2026-01-31 12:00:00"),
    ("ts", dt.date(2026, 1, 31), "timestamp", "2026-01-31 00:00:00"),
    ("ntz", "2026-01-31 12:00", "timestamp_ntz", "2026-01-31 12:00:00"),
    ("dt", None, "date", None),
]
BAD: list[tuple[str, Any]] = [
    ("s", 1),
    ("s", True),
    ("s", dt.date(2026, 1, 31)),
    ("b", "true"),
    ("b", 1),
    ("i", "one"),
    ("i", True),
    ("i", dt.date(2026, 1, 31)),
    ("d", ""),
    ("dt", 20260131),
    ("dt", "31.01.2026"),
    ("dt", dt.datetime(2026, 1, 31, tzinfo=dt.UTC)),
    ("ts", "2026-02-30T00:00:00"),
    ("ts", 0),
    ("ntz", "2026-01-31T12:00:00Z"),
]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.range(1).selectExpr(*(f"cast(null as {kind}) as {name}" for name, kind in TYPES.items()))


def test_values_become_literals_of_the_columns_type(frame: DataFrame) -> None:
    literals = [literal(value, find(frame.schema, name, "r"), "r") for name, value, _, _ in GOOD]
    told = frame.select(*(one.alias(f"c{index}") for index, one in enumerate(literals)))
    texts = told.select(*(told[name].cast("string") for name in told.columns)).first()
    assert texts is not None
    kinds = [field.dataType.simpleString() for field in told.schema.fields]
    assert list(zip(kinds, texts, strict=True)) == [(kind, text) for _, _, kind, text in GOOD]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_cannot_be_of_the_columns_type_is_refused(frame: DataFrame, name: str, value: Any) -> None:
    with pytest.raises(RunError) as refused:
        literal(value, find(frame.schema, name, "r"), "r")
    said = f"rule 'r' compares column '{name}' ({TYPES[name]}) with {value!r}: "
    assert str(refused.value).startswith(said)


def test_lengths_are_whole() -> None:
    assert [whole_number(value, "r") for value in (None, 3, 3.0, "4")] == [None, 3, 3, 4]
    for value in (1.5, "x", float("inf"), float("nan")):
        with pytest.raises(RunError, match="a length is a whole number"):
            whole_number(value, "r")
