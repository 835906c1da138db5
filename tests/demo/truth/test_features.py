"""The model of marketing.features."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lakemesh.demo.truth.features import offer_features
from lakemesh.demo.truth.rows import Row
from lakemesh.demo.truth.tally import Tally

CLOCK = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def order(days: int, total: str, channel: str = "web", **changes: Any) -> Row:
    return {
        "customer": {"customer_id": "u-1"},
        "status": "paid",
        "currency": "EUR",
        "total": Decimal(total),
        "line_count": 2,
        "channel": channel,
        "placed_at": CLOCK - dt.timedelta(days=days),
        **changes,
    }


def test_one_row_for_each_customer_who_is_known_now() -> None:
    versions = [
        {"customer_id": "u-1", "country": "DE", "is_current": False},
        {"customer_id": "u-1", "country": "AT", "is_current": True},
    ]
    orders = [
        order(3, "10.00"),
        order(5, "10.01", "app", currency="USD"),
        order(9, "1.00", line_count=None, placed_at=None),
        order(1, "99.00", status="cancelled"),
        order(1, "99.00", customer=None),
    ]
    carts = [{"customer_id": "u-1", "status": "open"}, {"customer_id": "u-2", "status": "open"}]
    tally = Tally()
    (row,) = offer_features(versions, orders, carts, CLOCK, tally)
    assert row == {
        "customer_id": "u-1",
        "country": "AT",
        "orders": 3,
        "cancelled_orders": 1,
        "lines": 4,
        "revenue_eur": Decimal("20.21"),
        "average_order_eur": Decimal("6.74"),
        "first_order_at": CLOCK - dt.timedelta(days=5),
        "last_order_at": CLOCK - dt.timedelta(days=3),
        "days_since_order": 3,
        "web_share": Decimal("0.6667"),
        "app_share": Decimal("0.3333"),
        "store_share": Decimal("0.0000"),
        "marketplace_share": Decimal("0.0000"),
        "carts": 1,
        "open_carts": 1,
    }
    said = tally.nested()["marketing.features"]
    assert said["snapshots"] == {"customers": 1, "orders": 5, "carts": 2}


def test_without_orders_there_is_nothing_to_take_a_share_of() -> None:
    (row,) = offer_features(
        [{"customer_id": "u-1", "country": None, "is_current": True}], [], [], CLOCK, Tally()
    )
    nothing = ("average_order_eur", "last_order_at", "days_since_order", "web_share")
    assert [row[name] for name in nothing] == [None] * 4
    assert (row["orders"], row["revenue_eur"], row["carts"]) == (0, Decimal("0.00"), 0)
