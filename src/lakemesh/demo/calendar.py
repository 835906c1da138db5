"""When things happen in the demo: a month of trade, and short waves of news after it.

All of it lies before the clock of conf/environments/local.yml, 2026-11-01T00:00:00Z.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lakemesh.errors import CallError

OPENING = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
# A journey takes ten hours at most: whatever begins before this has been told before the first news.
LAST_BEGIN = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
FIRST_NEWS = dt.datetime(2026, 10, 31, 23, tzinfo=dt.UTC)
NEWS_LASTS = dt.timedelta(minutes=10)
LAST_WAVE = 6
CLOCK = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Span:
    """A stretch of time, its end not in it."""

    begin: dt.datetime
    end: dt.datetime

    def at(self, share: float) -> dt.datetime:
        """The whole second that lies at a share (0 to 1) of the span."""
        seconds = int((self.end - self.begin).total_seconds() * share)
        return self.begin + dt.timedelta(seconds=seconds)

    def window(self, moment: dt.datetime, count: int) -> tuple[int, dt.datetime]:
        """The number of the window (of so many equal ones) that a moment falls into, and the window's end."""
        length = (self.end - self.begin) / count
        index = min(count - 1, max(0, int((moment - self.begin) / length)))
        return index, self.begin + length * (index + 1)


def span_of(wave: int) -> Span:
    """The stretch in which a wave's records arrive. Raises CallError where there is no such wave."""
    if not 1 <= wave <= LAST_WAVE:
        raise CallError(f"there is no wave {wave}: waves go from 1 to {LAST_WAVE}.")
    if wave == 1:
        return Span(OPENING, FIRST_NEWS)
    begin = FIRST_NEWS + NEWS_LASTS * (wave - 2)
    return Span(begin, begin + NEWS_LASTS)


def iso(moment: dt.datetime) -> str:
    """The moment as ISO 8601 in UTC, with milliseconds only where it has some."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{moment.microsecond // 1000:03d}Z" if moment.microsecond else f"{text}Z"
