"""marketing.abandoned_carts and marketing.conversion, as their specs say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from lakemesh.demo.truth.records import round_cents

if TYPE_CHECKING:
    from lakemesh.demo.truth.rows import Row
    from lakemesh.demo.truth.tally import Tally

ABANDONED = "marketing.abandoned_carts"
CONVERSION = "marketing.conversion"
A_DAY = dt.timedelta(hours=24)
SMALL, MEDIUM = 50, 250
RATES = {
    "EUR": Decimal(1),
    "USD": Decimal("0.92"),
    "GBP": Decimal("1.17"),
    "CHF": Decimal("1.06"),
    "SEK": Decimal("0.088"),
}


def offer_abandoned(carts: list[Row], orders: list[Row], clock: dt.datetime, tally: Tally) -> Iterator[Row]:
    """The rows of abandoned_carts among a visitor's carts and orders."""
    tally.snapshot(ABANDONED, "orders", len(orders))
    for cart in carts:
        if not (cart["item_count"] or 0) > 0:
            continue
        tally.snapshot(ABANDONED, "carts")
        if cart["status"] != "open" or cart["updated_at"] > clock - A_DAY:
            tally.filtered(ABANDONED, "idle")
        elif not any(_settles(order, cart) for order in orders):
            row = _abandoned(cart, clock)
            dropping = ["currency_known"] if row["currency"] is None else []
            if tally.judge(ABANDONED, "abandoned_carts", [], dropping, []):
                yield row


def _settles(order: Row, cart: Row) -> bool:
    """Whether an order of this cart came within 24 hours of its last change."""
    placed = order["placed_at"]
    return order["cart_id"] == cart["cart_id"] and placed is not None and placed <= cart["updated_at"] + A_DAY


def _abandoned(cart: Row, clock: dt.datetime) -> Row:
    names = ("cart_id", "customer_id", "channel", "item_count", "value", "currency")
    idle = int(clock.timestamp()) - int(cart["updated_at"].timestamp() // 1)
    return {
        **{name: cart[name] for name in names},
        "worth": _worth(cart["value"]),
        "updated_at": cart["updated_at"],
        "days_idle": idle // 86_400,
    }


def _worth(value: Decimal | None) -> str:
    if value is None:
        return "unknown"
    return "small" if value < SMALL else "medium" if value < MEDIUM else "large"


@dataclass
class _Day:
    carts: int = 0
    checked_out: int = 0
    orders: int = 0
    revenue: Decimal = Decimal("0.00")


@dataclass
class Conversion:
    """The daily figures, summed up as carts and orders become known."""

    days: defaultdict[tuple[dt.date | None, str], _Day] = field(default_factory=lambda: defaultdict(_Day))

    def add(self, carts: list[Row], orders: list[Row], tally: Tally) -> None:
        """Count a visitor's carts and orders on their days."""
        tally.snapshot(CONVERSION, "carts", len(carts))
        for cart in carts:
            created = cart["created_at"]
            day = self.days[created.date() if created else None, cart["channel"] or "unknown"]
            day.carts += 1
            day.checked_out += cart["status"] == "checked_out"
        for order in orders:
            if order["status"] is None or order["status"] == "cancelled":
                continue
            tally.snapshot(CONVERSION, "orders")
            day = self.days[order["order_date"], order["channel"] or "unknown"]
            day.orders += 1
            day.revenue += in_euro(order)

    def offer(self, tally: Tally) -> Iterator[Row]:
        """The rows of conversion, by day and channel."""
        for (date, channel), day in sorted(
            (item for item in self.days.items() if item[0][0] is not None), key=lambda item: str(item[0])
        ):
            rate = _rate(day)
            warning = ["rate_plausible"] if rate is not None and not 0 <= rate <= 1 else []
            tally.judge(CONVERSION, "conversion", [], [], warning)
            counts: dict[str, Any] = {
                "carts": day.carts,
                "checked_out": day.checked_out,
                "orders": day.orders,
            }
            yield {
                "day": date, "channel": channel, **counts, "revenue_eur": day.revenue, "conversion_rate": rate
            }  # fmt: skip


def in_euro(order: Row) -> Decimal:
    """The order's total in euro; nothing where total or currency is not known, as a sum in SQL takes it."""
    if order["total"] is None or order["currency"] not in RATES:
        return Decimal(0)
    return round_cents(order["total"] * RATES[order["currency"]])


def _rate(day: _Day) -> Decimal | None:
    if not day.carts:
        return None
    return Decimal(repr(day.orders / day.carts)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
