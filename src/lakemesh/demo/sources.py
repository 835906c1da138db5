"""The source files of one wave: every delivery in its hub or export, events as they arrive."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakemesh.demo.files import PARTITIONS, Capture, Exports
from lakemesh.demo.post import Delivery
from lakemesh.demo.truth.rows import Row
from lakemesh.errors import CallError

if TYPE_CHECKING:
    from lakemesh.spec.environment import EnvironmentSpec

DOMAINS = {
    "order_events": "checkout",
    "order_exports": "checkout",
    "cart_events": "cart",
    "cart_exports": "cart",
}
HUBS = {"order_events": "checkout-orders", "cart_events": "cart-activity"}
EXPORTS = {"order_exports": "orders", "cart_exports": "carts"}
# What an event waits for here: later journeys may still send one that arrives before it.
_Waiting = tuple[dt.datetime, int, Delivery, int, Row | None]


class Sources:
    """Writes what is delivered, and tells the place of each event in its hub.

    Journeys begin in order and their events come hours later, so the events between wait in a heap: it holds
    ten hours of trade, whatever the size of the whole.
    """

    def __init__(self, folders: dict[str, Path], wave: int, placed: Callable[[Row], None]) -> None:
        self.wave, self.placed = wave, placed
        self.captures = {port: Capture(folders[port], wave) for port in HUBS}
        self.exports = {port: Exports(folders[port], EXPORTS[port], wave) for port in EXPORTS}
        self.waiting: dict[str, list[_Waiting]] = {port: [] for port in HUBS}
        self.taken: Counter[tuple[str, int]] = Counter()
        self.count = 0

    def send(self, sent: Delivery, number: int, row: Row | None) -> None:
        """Hand over a delivery of a journey, with the row that an event makes."""
        if sent.port in EXPORTS:
            if sent.wave == self.wave:
                self.exports[sent.port].write(sent)
            return
        self.count += 1
        heapq.heappush(self.waiting[sent.port], (sent.at, self.count, sent, number % PARTITIONS, row))

    def settle(self, until: dt.datetime) -> None:
        """Write the events that arrive before a moment; none that does is still to come."""
        for port, waiting in self.waiting.items():
            while waiting and waiting[0][0] < until:
                _, _, sent, partition, row = heapq.heappop(waiting)
                self._take(port, sent, partition, row)

    def close(self) -> None:
        """Write all that is left and finish every file."""
        self.settle(dt.datetime.max.replace(tzinfo=dt.UTC))
        for capture in self.captures.values():
            capture.close()
        for exports in self.exports.values():
            exports.close()

    def files(self) -> list[Path]:
        """The files that were written, sorted."""
        captured = (path for capture in self.captures.values() for path in capture.written)
        exported = (path for exports in self.exports.values() for path in exports.written)
        return sorted((*captured, *exported))

    def _take(self, port: str, sent: Delivery, partition: int, row: Row | None) -> None:
        number = self.taken[port, partition]
        self.taken[port, partition] += 1
        if sent.wave == self.wave:
            self.captures[port].write(sent, partition, number)
        if row is not None:
            place: dict[str, Any] = {"hub_partition": str(partition), "sequence_number": number}
            self.placed({**row, "enqueued_at": sent.at, **place})


def folders_of(root: Path, environment: EnvironmentSpec) -> dict[str, Path]:
    """The folder of each input port's files, as a local environment says it.

    Raises CallError where the environment is none that files can be put into.
    """
    found = {}
    for port, domain in DOMAINS.items():
        if port in HUBS:
            hub = environment.hubs.get(domain)
            where = hub.path if hub and hub.transport == "capture" else None
            inside = f"{hub.namespace if hub and hub.namespace else f'evhns-example-{domain}'}/{HUBS[port]}"
        else:
            where, inside = environment.landing.get(domain), EXPORTS[port]
        if where is None or "://" in where:
            raise CallError(
                f"the environment has no folder for the demo's {port.replace('_', ' ')}: '{domain}' needs a"
                " landing folder and a hub with transport 'capture' and a path, as local environments have."
            )
        found[port] = root / where / inside
    return found
