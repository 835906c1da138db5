"""The model of marketing.abandoned_carts and marketing.conversion."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lakemesh.demo.truth.marketing import Conversion, offer_abandoned
from lakemesh.demo.truth.rows import Row
from lakemesh.demo.truth.tally import Tally

CLOCK = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
CREATED = CLOCK - dt.timedelta(days=3)
CART: Row = {
    "cart_id": "c-1",
    "customer_id": None,
    "status": "open",
    "channel": "web",
    "currency": "EUR",
    "item_count": 1,
    "value": Decimal("60.00"),
    "created_at": CREATED,
    "updated_at": CREATED,
}


def order(hours: float, **changes: Any) -> Row:
    placed = CREATED + dt.timedelta(hours=hours)
    row = {"cart_id": "c-1", "status": "paid", "channel": "web", "currency": "USD", "total": Decimal("10.01")}
    return {**row, "order_date": placed.date(), "placed_at": placed, **changes}


@pytest.mark.parametrize(
    ("cart", "orders", "found"),
    [
        ({}, [], 1),
        ({"updated_at": CLOCK - dt.timedelta(hours=24)}, [], 1),
        ({"updated_at": CLOCK - dt.timedelta(hours=23)}, [], 0),
        ({"status": "checked_out"}, [], 0),
        ({"item_count": 0}, [], 0),
        ({"item_count": None}, [], 0),
        ({"currency": None}, [], 0),
        ({}, [order(24)], 0),
        ({}, [order(25)], 1),
        ({}, [order(1, cart_id="c-2")], 1),
        ({}, [order(1, placed_at=None)], 1),
    ],
)
def test_a_cart_is_abandoned_after_a_day_without_an_order(cart: Row, orders: list[Row], found: int) -> None:
    rows = list(offer_abandoned([{**CART, **cart}], orders, CLOCK, Tally()))
    assert len(rows) == found


@pytest.mark.parametrize(
    ("value", "worth"),
    [("49.99", "small"), ("50.00", "medium"), ("249.99", "medium"), ("250.00", "large"), (None, "unknown")],
)
def test_worth_and_idle_days(value: str | None, worth: str) -> None:
    cart = {**CART, "value": None if value is None else Decimal(value)}
    (row,) = offer_abandoned([cart], [], CLOCK, Tally())
    assert (row["worth"], row["days_idle"]) == (worth, 3)


def test_conversion_counts_days_and_channels() -> None:
    conversion, tally = Conversion(), Tally()
    carts = [CART, {**CART, "status": "checked_out"}, {**CART, "created_at": None}]
    conversion.add(carts, [order(1), order(2, channel="store"), order(3, status="cancelled")], tally)
    store, web = conversion.offer(tally)
    assert (store["carts"], store["orders"], store["conversion_rate"]) == (0, 1, None)
    assert (web["carts"], web["checked_out"], web["orders"]) == (2, 1, 1)
    assert (web["revenue_eur"], web["conversion_rate"]) == (Decimal("9.21"), Decimal("0.5000"))
