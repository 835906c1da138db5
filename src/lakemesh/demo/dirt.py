"""What goes wrong on the way, and how often: each kind strikes every 200th record of a port."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
EVERY = 200
# On the wire: what arrives is not one JSON object in UTF-8, or it arrives otherwise than it was sent.
WIRE = ("truncated", "array", "two_objects", "plain_text", "invalid_utf8", "duplicate", "late", "withheld")
EVENT_ONLY = ("empty", "tombstone")
UNREADABLE = ("truncated", "array", "two_objects", "plain_text", "invalid_utf8", *EVENT_ONLY)


def _put(*path: str | int) -> Callable[[Record, Any], None]:
    """A function that sets the value at a path; where the path leads nowhere, nothing happens."""

    def put(record: Record, value: Any) -> None:
        at: Any = record
        for step in path[:-1]:
            inside = isinstance(at, dict) or (isinstance(at, list) and len(at) > int(step))
            at = at[step] if inside else None
        if isinstance(at, dict):
            at[path[-1]] = value

    return put


# Each kind sets one field. Ellipsis takes the field away.
_ORDER: dict[str, tuple[Callable[[Record, Any], None], Any]] = {
    "comma_amount": (_put("total"), "12,50"),
    "number_for_text": (_put("total"), 12.5),
    "text_for_customer": (_put("customer"), "a guest"),
    "text_for_lines": (_put("lines"), "see attachment"),
    "text_for_quantity": (_put("lines", 0, "quantity"), "two"),
    "zero_quantity": (_put("lines", 0, "quantity"), 0),
    "text_for_time": (_put("placed_at"), "just now"),
    "unknown_fields": (_put("customer", "loyalty"), {"level": "gold", "points": [1, 2]}),
    "null_key": (_put("order_id"), None),
    "missing_key": (_put("order_id"), ...),
    "null_time": (_put("updated_at"), None),
    "negative_amount": (_put("total"), "-5.00"),
    "unknown_currency": (_put("currency"), "EURO"),
    "sloppy_currency": (_put("currency"), " eur "),
    "no_lines": (_put("lines"), []),
    "null_customer": (_put("customer"), None),
    "null_currency": (_put("currency"), None),
    "bad_email": (_put("customer", "email"), "nobody at example.com"),
    "tie": (_put("status"), "cancelled"),
}
_EVENT: dict[str, tuple[Callable[[Record, Any], None], Any]] = {
    "text_for_cart": (_put("cart"), "c-0000000"),
    "text_for_quantity": (_put("quantity"), "two"),
    "text_for_value": (_put("cart", "value"), "12 EUR"),
    "number_for_text": (_put("sku"), 4711),
    "unknown_fields": (_put("experiment"), {"name": "blue button", "arm": 2}),
    "missing_cart": (_put("cart", "id"), ...),
    "negative_quantity": (_put("quantity"), -1),
    "huge_quantity": (_put("quantity"), 100_000),
    "unknown_action": (_put("action"), "hover"),
    "null_time": (_put("occurred_at"), None),
    "bot": (_put("user_agent"), "Mozilla/5.0 (compatible; ExampleBot/2.1)"),
    "null_agent": (_put("user_agent"), None),
    "unusual_text": (_put("sku"), "🛒\u2028\u0000ß"),
}
_CART: dict[str, tuple[Callable[[Record, Any], None], Any]] = {
    "text_for_items": (_put("items"), "none"),
    "text_for_quantity": (_put("items", 0, "quantity"), "two"),
    "negative_quantity": (_put("items", 0, "quantity"), -50),
    "unknown_fields": (_put("ab_test"), ["a", "b"]),
    "unknown_state": (_put("state"), "lost"),
    "null_key": (_put("cart_id"), None),
    "missing_key": (_put("cart_id"), ...),
    "null_time": (_put("updated_at"), None),
    "null_customer": (_put("customer"), None),
    "null_currency": (_put("currency"), None),
    "tie": (_put("state"), "checked_out"),
}
FIELDS = {"order_events": _ORDER, "order_exports": _ORDER, "cart_events": _EVENT, "cart_exports": _CART}
KINDS = {
    port: (*WIRE, *(EVENT_ONLY if port.endswith("events") else ("other_zone",)), *fields)
    for port, fields in FIELDS.items()
}
"""The kinds of dirt of each input port. `late` and `tie` are no mistakes, only what makes order matter."""


def kind_at(port: str, count: int) -> str:
    """What befalls the record that so many others of its port came before; empty where nothing does."""
    index, rest = divmod(count % EVERY - 5, 6)
    return KINDS[port][index] if rest == 0 and 0 <= index < len(KINDS[port]) else ""


def amount(port: str, kind: str, records: int) -> int:
    """How many of so many records of a port are struck by a kind of dirt."""
    place = KINDS[port].index(kind) * 6 + 5
    return (records - place + EVERY - 1) // EVERY if records > place else 0


def soil(port: str, kind: str, record: Record) -> Record:
    """A copy of the record with the one field spoiled that the kind says."""
    soiled = copy.deepcopy(record)
    if kind == "other_zone":
        return {**soiled, "updated_at": _in_summer_time(record["updated_at"])}
    put, value = FIELDS[port][kind]
    put(soiled, value)
    return {name: _without_gaps(item) for name, item in soiled.items() if item is not ...}


def garble(kind: str, text: bytes) -> bytes | None:
    """The bytes that arrive in place of a record's JSON."""
    match kind:
        case "truncated":
            return text[: len(text) * 2 // 3]
        case "array":
            return b"[" + text + b"]"
        case "two_objects":
            return text + b" " + text
        case "plain_text":
            return b"503 Service Unavailable"
        case "invalid_utf8":
            return text.replace(b'"', b'"\xc3\x28\xff', 3)
        case "empty":
            return b""
        case "tombstone":
            return None
        case _:
            return text


def write_json(record: Record, ascii_only: bool = False) -> bytes:
    """The record as one line of JSON in UTF-8; with ascii_only, by escapes as some producers write it."""
    return (_escaped if ascii_only else _plain)(record).encode()


def _without_gaps(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_gaps(item) for key, item in value.items() if item is not ...}
    return value


def _in_summer_time(text: str) -> str:
    """The same instant as a clock two hours ahead of UTC writes it."""
    import datetime as dt

    zone = dt.timezone(dt.timedelta(hours=2))
    return dt.datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="milliseconds")
