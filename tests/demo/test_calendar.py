"""Waves follow each other and end before the clock."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from lakemesh.demo.calendar import CLOCK, LAST_WAVE, OPENING, iso, span_of
from lakemesh.errors import CallError


def test_waves_follow_each_other_and_end_at_the_clock_at_the_latest() -> None:
    spans = [span_of(wave) for wave in range(1, LAST_WAVE + 1)]
    assert all(before.end == after.begin for before, after in pairwise(spans))
    assert spans[-1].end <= CLOCK


@pytest.mark.parametrize("wave", [0, LAST_WAVE + 1])
def test_there_is_no_other_wave(wave: int) -> None:
    with pytest.raises(CallError, match=f"no wave {wave}: waves go from 1 to {LAST_WAVE}"):
        span_of(wave)


def test_windows_cover_a_span() -> None:
    span = span_of(1)
    assert span.window(span.begin, 10)[0] == 0
    assert span.window(span.end, 10) == (9, span.end)
    assert span.at(0) == OPENING


def test_an_instant_has_milliseconds_where_it_needs_them() -> None:
    assert iso(OPENING) == "2026-10-01T00:00:00Z"
    assert iso(OPENING + dt.timedelta(milliseconds=250)) == "2026-10-01T00:00:00.250Z"
