"""Freshness as a product promises it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemesh.observe.health import freshness, shortest_latency
from lakemesh.spec.outputs import SlaProperty, span_of

NOW = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)


def promise(value: Any, unit: str | None, name: str = "latency") -> SlaProperty:
    return SlaProperty(property=name, value=value, unit=unit)


@pytest.mark.parametrize(
    ("ago", "latency", "expected"),
    [
        (dt.timedelta(minutes=14, seconds=59), QUARTER, "fresh"),
        (QUARTER, QUARTER, "stale"),
        (dt.timedelta(days=3), QUARTER, "stale"),
        (dt.timedelta(0), dt.timedelta(0), "stale"),
        (dt.timedelta(seconds=-5), QUARTER, "fresh"),
        (None, QUARTER, "stale"),
        (dt.timedelta(days=3), None, "unpromised"),
        (None, None, "unpromised"),
    ],
)
def test_fresh_is_less_than_latency_ago(
    ago: dt.timedelta | None, latency: dt.timedelta | None, expected: str
) -> None:
    assert freshness(None if ago is None else NOW - ago, latency, NOW) == expected


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (30, "s", 30),
        (15, "m", 900),
        (15, "min", 900),
        ("15", "minutes", 900),
        (1.5, "h", 5400),
        (2, "Hours", 7200),
        (1, "d", 86400),
        (1, "days", 86400),
        (1, None, 86400),
        (1, "", 86400),
        (1, "week", 604800),
        (1, "month", 2592000),
        (3, "y", 94608000),
        (0, "m", 0),
        ("soon", "m", None),
        (1, "fortnight", None),
        (-1, "m", None),
        (float("nan"), "m", None),
        (float("inf"), "m", None),
        (1e300, "y", None),
    ],
)
def test_a_span_is_a_value_and_a_unit(value: Any, unit: str | None, seconds: float | None) -> None:
    span = span_of(promise(value, unit))
    assert (None if span is None else span.total_seconds()) == seconds


def test_the_shortest_latency_counts() -> None:
    promises = [promise(1, "d"), promise(15, "m"), promise(1, "m", "retention"), promise("soon", "m")]
    assert shortest_latency(promises) == QUARTER
    assert shortest_latency([promise(3, "y", "retention")]) is None


@given(value=st.floats(), unit=st.sampled_from(["s", "m", "h", "d", "w", "mo", "y", "x", None]))
def test_no_promise_breaks_it(value: float, unit: str | None) -> None:
    span = span_of(promise(value, unit))
    assert span is None or span >= dt.timedelta(0)
