"""What a port makes of bytes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lakemesh.demo.truth.records import parse_record

SHAPE: Any = {
    "t": "string",
    "n": "bigint",
    "d": "decimal",
    "at": "timestamp",
    "s": {"x": "string"},
    "a": [{"n": "bigint"}],
}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "empty record"),
        (b"", "empty record"),
        (b'{"t": "a', "not valid JSON"),
        (b'{"t": "a"} {"t": "b"}', "not valid JSON"),
        (b"service down", "not valid JSON"),
        (b'[{"t": "a"}]', "a JSON array, not a JSON object"),
        (b'{"t": "\xff"}', "not valid UTF-8"),
    ],
)
def test_what_is_no_record_has_a_reason(body: bytes | None, reason: str) -> None:
    assert parse_record(body, SHAPE).reason == reason


@pytest.mark.parametrize(
    ("text", "field", "value", "misfits"),
    [
        ('{"t": "a"}', "t", "a", 0),
        ('{"t": 12.50}', "t", "12.50", 0),
        ('{"n": 7}', "n", 7, 0),
        ('{"n": "7"}', "n", None, 1),
        ('{"n": true}', "n", None, 1),
        ('{"n": 7.5}', "n", None, 1),
        ('{"d": 1.005}', "d", Decimal("1.01"), 0),
        ('{"d": "1.00"}', "d", None, 1),
        ('{"at": "2026-10-01T02:00:00+02:00"}', "at", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), 0),
        ('{"at": "just now"}', "at", None, 1),
        ('{"s": "text"}', "s", None, 1),
        ('{"a": [{"n": "two"}, {"n": 2}]}', "a", [{"n": None}, {"n": 2}], 1),
        ('{"a": null, "unknown": 1}', "a", None, 0),
    ],
)
def test_a_value_fits_or_is_none(text: str, field: str, value: object, misfits: int) -> None:
    said = parse_record(text.encode(), SHAPE)
    assert (said.values[field], said.misfits) == (value, misfits)
