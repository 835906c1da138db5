from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import RunError
from lakemesh.plan.validate.literals import is_number, why_unfit
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VALUES: list[Any] = [
    None, "a", "1", "1.5", "1e3", "nan", "", True, False, 1, 300, 2**70, 1.5, float("inf"),
    "2026-01-31", "2026-13-31", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00", "2026-01-31T12:00:00+02:00",
    dt.date(2026, 1, 31), dt.datetime(2026, 1, 31), dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
]  # fmt: skip
KINDS = (
    "string boolean tinyint bigint float double decimal(4,2) date timestamp timestamp_ntz binary"
    " array<int> map<string,int> struct<a:int>"
).split()


@pytest.mark.parametrize(
    ("value", "kind", "why"),
    [
        ("a", "decimal(4,2)", "is no number"),
        (True, "int", "is no number"),
        (1, "string", "is no text (put it in quotes if it is meant as one)"),
        ("yes", "boolean", "is neither true nor false"),
        ("31.1.2026", "date", "is no date such as 2026-01-31"),
        ("soon", "timestamp", "is no timestamp such as 2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00Z", "timestamp_ntz", "names a time zone, and the column knows none"),
        (1, "array<int>", "cannot be compared with it"),
        ("NO", "string", ""),
    ],
)
def test_why_a_value_cannot_be_of_a_type(value: Any, kind: str, why: str) -> None:
    assert why_unfit(value, parse_type(kind)) == why


def test_numbers() -> None:
    assert [kind for kind in KINDS if is_number(parse_type(kind))] == [
        "tinyint", "bigint", "float", "double", "decimal(4,2)",
    ]  # fmt: skip


def test_the_checks_of_a_run_take_just_the_same_values(spark: SparkSession) -> None:
    from pyspark.sql import functions as F
    from pyspark.sql.types import _parse_datatype_string

    from lakemesh.check.columns import Found
    from lakemesh.check.values import literal

    column, differing = F.lit(1), []
    for text in KINDS:
        found = Found("c", column, _parse_datatype_string(text))
        for value in VALUES:
            try:
                literal(value, found, "r")
                takes = True
            except RunError:
                takes = False
            if takes == bool(why_unfit(value, parse_type(text))):
                differing.append((text, value, takes))
    assert differing == []
