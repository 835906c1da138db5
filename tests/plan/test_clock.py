"""The present in SQL becomes the batch's clock, and nothing else changes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakemesh.plan.clock import is_random, pin_clock, reads_clock

CLOCK = dt.datetime(2026, 1, 1, 23, 30, 0, 123456, tzinfo=dt.UTC)
STAMP = "TIMESTAMP'2026-01-01 23:30:00.123456Z'"
PINNED = [
    ("select current_timestamp", f"select {STAMP}"),
    ("select CURRENT_TIMESTAMP ( ) as t", f"select {STAMP} as t"),
    ("select now(),now( /* a */ )", f"select {STAMP},{STAMP}"),
    ("select getdate()", f"select {STAMP}"),
    ("select current_date, curdate() -- now()", "select DATE'2026-01-02', DATE'2026-01-02' -- now()"),
    ("select localtimestamp()", "select TIMESTAMP_NTZ'2026-01-02 00:30:00.123456'"),
    ("select unix_timestamp()", "select 1767310200L"),
    ("date_sub(current_date, 30)", "date_sub(DATE'2026-01-02', 30)"),
    ("x > date 'today'", "x > date '2026-01-02'"),
    ("date'yesterday' , date'tomorrow'", "date'2026-01-01' , date'2026-01-03'"),
    ("timestamp 'now'", "timestamp '2026-01-02 00:30:00.123456'"),
    ("timestamp_ntz'today'", "timestamp_ntz'2026-01-02 00:00:00.000000'"),
    ("'é😀' || now()", f"'é😀' || {STAMP}"),
]
UNTOUCHED = [
    "select now from t",
    "select `current_date`, a.current_timestamp, a.now()",
    "select 'now()', \"current_date\", r'\\', 'it\\'s now()'",
    "/* now() */ select 1 -- current_timestamp",
    "select 1 as current_date",
    "select body:current_date",
    "select unix_timestamp(x), current_timezone(), current_catalog()",
    "date'2026-01-01', timestamp'2026-01-01 00:00:00Z', date'epoch'",
    "select 'never closed, now()",
    "",
]


@pytest.mark.parametrize(("sql", "expected"), PINNED)
def test_the_present_becomes_a_literal(sql: str, expected: str) -> None:
    assert pin_clock(sql, CLOCK, "Europe/Berlin") == expected
    assert reads_clock(sql)
    assert pin_clock(expected, CLOCK, "Europe/Berlin") == expected


@pytest.mark.parametrize("sql", UNTOUCHED)
def test_everything_else_stays_as_it_was(sql: str) -> None:
    assert pin_clock(sql, CLOCK, "Europe/Berlin") == sql
    assert not reads_clock(sql)


def test_a_clock_without_zone_is_utc() -> None:
    assert pin_clock("now()", CLOCK.replace(tzinfo=None), "UTC") == STAMP


@given(st.text(alphabet="now()'\"`-/* \n.\\ae😀", max_size=40))
@settings(max_examples=300)
def test_any_text_goes_through(sql: str) -> None:
    once = pin_clock(sql, CLOCK, "UTC")
    assert pin_clock(once, CLOCK, "UTC") == once
    assert (once != sql) == reads_clock(sql)


@pytest.mark.parametrize(
    ("sql", "random"),
    [
        ("select rand()", True),
        ("select RANDN(42) as r", True),
        ("uuid ()", True),
        ("select * from t tablesample (10 percent)", True),
        ("monotonically_increasing_id()", True),
        ("select rand, `rand`, 'uuid()' from uuid", False),
        ("select round(x) -- rand()", False),
        ("'open", False),
    ],
)
def test_random_functions_are_known(sql: str, random: bool) -> None:
    assert is_random(sql) is random
