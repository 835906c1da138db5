"""Numbers and spans of time in words."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 row, 20,000 rows."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def unchanged(since: str) -> str:
    """What a call says that selects only what changed, where nothing did."""
    return f"No product selected has changed since {since}."


def span(seconds: float | None) -> str:
    """A span of time in its two largest units: 4.2 s, 3 min 10 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
