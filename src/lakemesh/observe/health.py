"""Health of a product: whether it is as fresh as it promises to be.

Fresh means: the last run that drained its inputs ended less than `latency` ago.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lakemesh.spec.outputs import SlaProperty

Freshness = Literal["fresh", "stale", "unpromised"]
# ODCS 3.2 has d, day, days and y, yr, years; shorter spans are said in the like.
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400),
    **dict.fromkeys(("mo", "month", "months"), 30 * 86400),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * 86400),
}
_LONGEST = dt.timedelta.max.total_seconds()


def freshness(last_drained: dt.datetime | None, latency: dt.timedelta | None, now: dt.datetime) -> Freshness:
    """Whether a product is fresh, stale, or has promised nothing.

    `last_drained` is when the last run that drained its inputs ended; None, where none did, is stale.
    """
    if latency is None:
        return "unpromised"
    return "fresh" if last_drained is not None and now - last_drained < latency else "stale"


def shortest_latency(promises: Iterable[SlaProperty]) -> dt.timedelta | None:
    """The shortest `latency` among service levels; None where none is promised."""
    spans = (span_of(one) for one in promises if one.property.lower() == "latency")
    return min((span for span in spans if span is not None), default=None)


def span_of(promise: SlaProperty) -> dt.timedelta | None:
    """The time that a service level says by value and unit (days where it has none), or None.

    A month counts 30 days, a year 365.
    """
    seconds = _SECONDS.get((promise.unit or "d").strip().lower())
    try:
        said = float(promise.value)
    except ValueError:
        return None
    if seconds is None or not 0 <= said * seconds < _LONGEST:
        return None
    return dt.timedelta(seconds=said * seconds)
