"""cart.activity and cart.carts, as their specs say."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from lakemesh.demo.truth.records import parse_record, round_cents

if TYPE_CHECKING:
    from lakemesh.demo.truth.rows import Row
    from lakemesh.demo.truth.tally import Tally

ACTIVITY = "cart.activity"
CARTS = "cart.carts"
ACTIONS = frozenset(("view", "add", "remove", "checkout"))
MOST_PIECES = 500
DEVICES = (
    ("bot", r"(?i)bot|crawler|spider"),
    ("tablet", r"iPad|Tablet"),
    ("phone", r"iPhone|Android|Mobile"),
    ("desktop", r"Windows|Macintosh|X11"),
)
EVENT = {
    **dict.fromkeys(("event_id", "action", "sku", "user_agent"), "string"),
    "quantity": "bigint",
    "cart": {
        **dict.fromkeys(("id", "customer_id", "channel", "currency", "status"), "string"),
        "item_count": "bigint",
        "value": "decimal",
        "created_at": "timestamp",
    },
    "occurred_at": "timestamp",
}
CART = {
    **dict.fromkeys(("cart_id", "state", "channel", "currency"), "string"),
    "customer": {"id": "string", "email": "string"},
    "items": [{"sku": "string", "quantity": "bigint", "unit_price": "decimal"}],
    "created_at": "timestamp",
    "updated_at": "timestamp",
}


def offer_event(body: bytes | None, tally: Tally) -> Row | None:
    """The row of activity that an event makes, without its place in the hub; None where it makes none."""
    said = parse_record(body, EVENT)
    tally.read(ACTIVITY, "cart_events", reason=said.reason)
    if said.reason:
        return None
    record, cart = said.values, said.values["cart"] or {}
    device = next(
        (kind for kind, pattern in DEVICES if re.search(pattern, record["user_agent"] or "")), "unknown"
    )
    if device == "bot":
        tally.filtered(ACTIVITY, "people")
        return None
    row = {
        "event_id": record["event_id"],
        "cart_id": cart.get("id"),
        "customer_id": cart.get("customer_id"),
        "action": record["action"],
        "sku": record["sku"],
        "quantity": record["quantity"],
        "channel": cart.get("channel"),
        "device": device,
        "currency": cart.get("currency"),
        "cart_status": cart.get("status"),
        "item_count": cart.get("item_count"),
        "cart_value": cart.get("value"),
        "cart_created_at": cart.get("created_at"),
        "occurred_at": record["occurred_at"],
    }
    return row if _event_judged(row, tally) else None


def _event_judged(row: Row, tally: Tally) -> bool:
    action, quantity = row["action"], row["quantity"]
    setting_aside = [
        *(["cart_known"] if row["cart_id"] is None else []),
        *(["action_known"] if action is not None and action not in ACTIONS else []),
        *(["quantity_plausible"] if quantity is not None and not 0 <= quantity <= MOST_PIECES else []),
    ]
    dropping = ["time_known"] if row["occurred_at"] is None else []
    return tally.judge(ACTIVITY, "activity", setting_aside, dropping, [])


def offer_change(event: Row, tally: Tally) -> Row | None:
    """The row that a row of activity offers to the merge of carts; None where it offers none."""
    tally.read(CARTS, "activity")
    if event["action"] is None or event["action"] == "view":
        tally.filtered(CARTS, "changes")
        return None
    row = {
        "cart_id": event["cart_id"],
        "customer_id": event["customer_id"],
        "status": event["cart_status"],
        "channel": event["channel"],
        "currency": event["currency"],
        "item_count": event["item_count"],
        "value": event["cart_value"],
        "created_at": event["cart_created_at"],
        "updated_at": event["occurred_at"],
    }
    return row if _cart_judged(row, tally) else None


def offer_export(body: bytes | None, tally: Tally) -> Row | None:
    """The row that an exported cart offers to the merge; None where it is rejected or set aside."""
    said = parse_record(body, CART)
    tally.read(CARTS, "cart_exports", reason=said.reason)
    if said.reason:
        return None
    record = said.values
    row = {
        "cart_id": record["cart_id"],
        "customer_id": (record["customer"] or {}).get("id"),
        "status": record["state"],
        "channel": record["channel"],
        "currency": record["currency"],
        "item_count": _pieces(record["items"]),
        "value": _value(record["items"]),
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
    }
    return row if _cart_judged(row, tally) else None


def _pieces(items: list[Row] | None) -> int | None:
    """The sum of quantities; as in SQL, one that is missing makes the sum unknown."""
    if items is None or any(item["quantity"] is None for item in items):
        return None
    return int(sum(item["quantity"] for item in items))


def _value(items: list[Row] | None) -> Decimal | None:
    if items is None or any(None in (item["quantity"], item["unit_price"]) for item in items):
        return None
    return round_cents(sum((item["quantity"] * item["unit_price"] for item in items), Decimal(0)))


def _cart_judged(row: Row, tally: Tally) -> bool:
    status, count, value = row["status"], row["item_count"], row["value"]
    setting_aside = [
        *(["key_not_null.cart_id"] if row["cart_id"] is None else []),
        *(["sequence_not_null.updated_at"] if row["updated_at"] is None else []),
        *(["status_known"] if status is not None and status not in ("open", "checked_out") else []),
        *(["item_count_not_negative"] if count is not None and count < 0 else []),
        *(["value_not_negative"] if value is not None and value < 0 else []),
    ]
    warning = ["currency_mostly_known"] if row["currency"] is None else []
    return tally.judge(CARTS, "carts", setting_aside, [], warning)
