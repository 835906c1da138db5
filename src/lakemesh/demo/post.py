"""The way from the shop to hub and landing: what is sent twice, late, spoiled or not at all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakemesh.demo.calendar import LAST_WAVE, span_of
from lakemesh.demo.dirt import EVENT_ONLY, WIRE, garble, kind_at, soil, write_json

if TYPE_CHECKING:
    from lakemesh.demo.shop import Journey, Version

PORTS = ("order_events", "order_exports", "cart_events", "cart_exports")
EXPORT_WINDOWS = 10
"""How many exports the first wave brings; later waves bring one each."""


@dataclass(frozen=True)
class Delivery:
    """Bytes that arrive at an input port (None: an event without a body), in a wave, at a moment."""

    port: str
    wave: int
    at: dt.datetime
    body: bytes | None


@dataclass
class Post:
    """Carries records and keeps count of what it did to them, by wave, port and kind of dirt."""

    sent: Counter[tuple[int, str]] = field(default_factory=Counter)
    dirt: Counter[tuple[int, str, str]] = field(default_factory=Counter)

    def carry(self, journey: Journey) -> Iterator[Delivery]:
        """Everything that arrives of a journey, in no order."""
        number = journey.number
        for index, version in enumerate(journey.orders):
            lost = (number * 7 + index) % 13 == 0
            if not lost:
                yield from self._send("order_events", version, journey.wave)
            if lost or (number * 3 + index) % 5 < 2:  # noqa: PLR2004  (two versions of five are still current at an export)
                yield from self._send("order_exports", version, journey.wave)
        lost_states = {
            state.at for index, state in enumerate(journey.carts) if (number * 5 + index) % 17 == 0
        }
        for action in journey.actions:
            if action.at not in lost_states:
                yield from self._send("cart_events", action, journey.wave)
        for index, state in enumerate(journey.carts):
            if state.at in lost_states or (number + index) % 3 == 0:
                yield from self._send("cart_exports", state, journey.wave)

    def _send(self, port: str, version: Version, wave: int) -> Iterator[Delivery]:
        count = self.sent[wave, port]
        self.sent[wave, port] += 1
        kind = kind_at(port, count)
        if kind:
            self.dirt[wave, port, kind] += 1
        ascii_only = count % 3 == 0
        clean = write_json(version.record, ascii_only)
        at = version.at.replace(microsecond=0) + dt.timedelta(seconds=1 + count % 4)
        if not kind:
            yield Delivery(port, wave, at, clean)
        elif kind in WIRE or kind in EVENT_ONLY:
            yield from _mishap(Delivery(port, wave, at, clean), kind)
        else:
            if kind == "tie":
                yield Delivery(port, wave, at, clean)
            yield Delivery(port, wave, at, write_json(soil(port, kind, version.record), ascii_only))


def _mishap(sent: Delivery, kind: str) -> Iterator[Delivery]:
    """What becomes of a delivery on the wire."""
    match kind:
        case "late":
            # An hour for an event; exports come in windows of three days, so it is the next one.
            delay = dt.timedelta(hours=1) if sent.port.endswith("events") else dt.timedelta(days=3)
            end = span_of(sent.wave).end - dt.timedelta(seconds=1)
            yield Delivery(sent.port, sent.wave, min(sent.at + delay, end), sent.body)
        case "withheld":
            if sent.wave < LAST_WAVE:
                wave = sent.wave + 1
                yield Delivery(sent.port, wave, span_of(wave).begin, sent.body)
        case "duplicate":
            yield sent
            yield sent
        case _:
            yield Delivery(sent.port, sent.wave, sent.at, garble(kind, sent.body or b""))
