"""Health of a product: whether it is as fresh as it promises to be.

Fresh means: the last run that drained its inputs ended less than `latency` ago.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from lakemesh.spec.outputs import SlaProperty, span_of

Freshness = Literal["fresh", "stale", "unpromised"]


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
