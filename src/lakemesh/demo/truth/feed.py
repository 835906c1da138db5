"""The change feed of checkout.orders: what each wave's commits leave of an order, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.demo.truth.rows import winner

if TYPE_CHECKING:
    from lakemesh.demo.truth.rows import Row

_FLOWS = ("order_events", "order_exports")


@dataclass(frozen=True)
class Offer:
    """A row that a record offers to the merge of orders: when it arrived, and which way."""

    wave: int
    port: str
    row: Row


@dataclass(frozen=True)
class Change:
    """A row of the feed: an order as a commit left it, for the first time or anew."""

    wave: int
    is_new: bool
    order: Row


def changes_of(offers: Sequence[Offer], waves: int) -> Iterator[Change]:
    """What a reader of the changes of one order finds who runs after each wave.

    Who comes first finds the table as it stands. In every later wave the events' flow commits before that of
    the exports, each in one batch: so large are the batches of the shipped spec.
    """
    stood = winner([offer.row for offer in offers if offer.wave == 1], "updated_at")
    if stood is not None:
        yield Change(1, True, stood)
    for wave in range(2, waves + 1):
        for number in range(1, len(_FLOWS) + 1):
            there = [
                offer.row
                for offer in offers
                if offer.wave < wave or (offer.wave == wave and offer.port in _FLOWS[:number])
            ]
            stands = winner(there, "updated_at")
            if stands is not None and stands != stood:
                yield Change(wave, stood is None, stands)
            stood = stands
