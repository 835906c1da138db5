"""marketing.features, as its spec says: one row for each customer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from lakemesh.demo.truth.marketing import in_euro
from lakemesh.demo.truth.records import round_cents

if TYPE_CHECKING:
    from lakemesh.demo.truth.rows import Row
    from lakemesh.demo.truth.tally import Tally

FEATURES = "marketing.features"
CHANNELS = ("web", "app", "store", "marketplace")


def offer_features(
    versions: Sequence[Row], orders: Sequence[Row], carts: Sequence[Row], clock: dt.datetime, tally: Tally
) -> Iterator[Row]:
    """The rows of the customers among some versions, with the orders and carts of all who may be meant."""
    current = [version for version in versions if version["is_current"]]
    for port, rows in (("customers", current), ("orders", orders), ("carts", carts)):
        tally.snapshot(FEATURES, port, len(rows))
    for version in current:
        name = version["customer_id"]
        row = {
            "customer_id": name,
            "country": version["country"],
            **_of_orders([order for order in orders if _customer(order) == name], clock),
            **_of_carts([cart for cart in carts if cart["customer_id"] == name]),
        }
        if tally.judge(FEATURES, "features", [], [], []):
            yield row


def _customer(order: Row) -> Any:
    return (order["customer"] or {}).get("customer_id")


def _of_orders(all_orders: list[Row], clock: dt.datetime) -> Row:
    orders = [order for order in all_orders if order["status"] not in (None, "cancelled")]
    revenue = sum((in_euro(order) for order in orders), Decimal("0.00"))
    placed = [order["placed_at"] for order in orders if order["placed_at"] is not None]
    last = max(placed, default=None)
    channels = Counter(order["channel"] for order in orders)
    return {
        "orders": len(orders),
        "cancelled_orders": sum(order["status"] == "cancelled" for order in all_orders),
        "lines": sum(order["line_count"] or 0 for order in orders),
        "revenue_eur": revenue,
        "average_order_eur": round_cents(revenue / len(orders)) if orders else None,
        "first_order_at": min(placed, default=None),
        "last_order_at": last,
        "days_since_order": None if last is None else _days(last, clock),
        **{f"{channel}_share": _share(channels[channel], len(orders)) for channel in CHANNELS},
    }


def _of_carts(carts: list[Row]) -> Row:
    return {
        "carts": len(carts),
        "open_carts": sum(cart["status"] == "open" for cart in carts),
    }


def _days(moment: dt.datetime, clock: dt.datetime) -> int:
    return (int(clock.timestamp()) - int(moment.timestamp() // 1)) // 86_400


def _share(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return Decimal(repr(part / whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
