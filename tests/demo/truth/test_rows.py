"""Canonical lines, digests, and the row that a merge keeps."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lakemesh.demo.truth.rows import digest, line_of, spark_json, winner

NOON = dt.datetime(2026, 10, 1, 12, 0, 0, 250_000, tzinfo=dt.UTC)


def test_a_line_is_canonical() -> None:
    there = NOON.astimezone(dt.timezone(dt.timedelta(hours=2)))
    row = {"b": Decimal("1.50"), "a": [{"at": there, "on": NOON.date(), "no": None}]}
    assert (
        line_of(row) == '{"a":[{"at":"2026-10-01T12:00:00.250000Z","no":null,"on":"2026-10-01"}],"b":"1.50"}'
    )


def test_a_digest_asks_for_no_order() -> None:
    assert digest(["a", "b", "b"]) == digest(["b", "a", "b"]) != digest(["a", "b"])


def test_the_latest_row_stays() -> None:
    early, late = {"at": NOON, "status": "z"}, {"at": NOON + dt.timedelta(seconds=1), "status": "a"}
    assert winner([late, early], "at") is late
    assert winner([], "at") is None


def test_of_equals_the_greater_json_stays() -> None:
    placed, paid, none = ({"at": NOON, "status": status} for status in ("placed", "paid", None))
    assert winner([paid, placed], "at") is placed
    assert winner([paid, none, placed], "at") is none  # null stands without quotes, and n after them


def test_spark_writes_json_with_nulls_and_milliseconds() -> None:
    row = {
        "a": None,
        "b": [1, None],
        "c": {"d": Decimal("1.50"), "e": True},
        "f": NOON,
        "g": NOON.date(),
        "h": 'x"ß',
    }
    assert spark_json(row) == (
        '{"a":null,"b":[1,null],"c":{"d":1.50,"e":true},"f":"2026-10-01T12:00:00.250Z","g":"2026-10-01","h":"x\\"ß"}'
    )
