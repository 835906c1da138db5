"""How much of its inputs a run reads: what is new, all of it again, or what arrived in a window of time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Extent:
    """What is new, unless it says `full` or a window: [start, end) of arrival, both in UTC."""

    full: bool = False
    accept_loss: bool = False
    start: dt.datetime | None = None
    end: dt.datetime | None = None

    @property
    def window(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The window, where there is one."""
        return (self.start, self.end) if self.start and self.end else None


NEWS = Extent()
"""What every run reads unless told otherwise."""
