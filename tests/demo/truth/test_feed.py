"""The model of the change feed of checkout.orders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lakemesh.demo.truth.feed import Offer, changes_of


def offer(wave: int, port: str, hour: int, status: str = "paid") -> Offer:
    moment = dt.datetime(2026, 10, 1, hour, tzinfo=dt.UTC)
    return Offer(wave, f"order_{port}", {"order_id": "o-1", "status": status, "updated_at": moment})


def told(offers: list[Offer], waves: int) -> list[Any]:
    return [
        (change.wave, change.is_new, change.order["updated_at"].hour, change.order["status"])
        for change in changes_of(offers, waves)
    ]


def test_the_first_wave_shows_the_table_as_it_stands() -> None:
    offers = [offer(1, "exports", 2), offer(1, "events", 5), offer(1, "events", 3)]
    assert told(offers, 1) == [(1, True, 5, "paid")]


def test_a_later_wave_shows_what_each_flow_changed() -> None:
    offers = [offer(1, "events", 5), offer(2, "events", 6), offer(2, "events", 7), offer(2, "exports", 8)]
    assert told(offers, 2) == [(1, True, 5, "paid"), (2, False, 7, "paid"), (2, False, 8, "paid")]
    assert told(offers, 1) == [(1, True, 5, "paid")]


def test_what_comes_late_or_again_changes_nothing_and_a_tie_does_once() -> None:
    again = [offer(1, "events", 5), offer(2, "events", 4), offer(2, "exports", 5)]
    assert told(again, 3) == [(1, True, 5, "paid")]
    tie = [offer(1, "events", 5), offer(3, "exports", 5, "placed"), offer(3, "events", 5, "cancelled")]
    assert told(tie, 3) == [(1, True, 5, "paid"), (3, False, 5, "placed")]


def test_a_new_order_is_new_in_its_wave() -> None:
    offers = [offer(2, "exports", 5), offer(3, "events", 6)]
    assert told(offers, 3) == [(2, True, 5, "paid"), (3, False, 6, "paid")]
