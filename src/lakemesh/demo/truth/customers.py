"""marketing.customers, as its spec says: a version for each order that tells of a customer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from lakemesh.demo.truth.rows import spark_json

if TYPE_CHECKING:
    import datetime as dt

    from lakemesh.demo.truth.feed import Change
    from lakemesh.demo.truth.rows import Row
    from lakemesh.demo.truth.tally import Tally

CUSTOMERS = "marketing.customers"
_Key = tuple[str, "dt.datetime"]


def offer_version(change: Change, salt: str, tally: Tally) -> Row | None:
    """The version that a change of an order offers; None where it tells of nobody or is set aside.

    One without a pseudonym is a delete.
    """
    tally.read(CUSTOMERS, "orders")
    order, customer = change.order, change.order["customer"] or {}
    email = customer.get("email")
    if customer.get("customer_id") is None or (email is not None and "@" not in email):
        tally.filtered(CUSTOMERS, "known")
        return None
    address = customer.get("address") or {}
    row = {
        "customer_id": customer["customer_id"],
        "email_pseudonym": _pseudonym(email, salt),
        **{name: address.get(name) for name in ("city", "postal_code", "country")},
        "channel": order["channel"],
        "ordered_at": order["placed_at"],
    }
    timeless = ["sequence_not_null.ordered_at"] if row["ordered_at"] is None else []
    placeless = email is not None and row["country"] is None
    warning = ["country_known"] if placeless else []
    return row if tally.judge(CUSTOMERS, "customers", timeless, [], warning) else None


def _pseudonym(email: str | None, salt: str) -> str | None:
    if email is None:
        return None
    return hmac.new(salt.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()


def history(offered: Iterable[Row]) -> Iterator[Row]:
    """The table's rows: of equal customer and instant a delete stays, then the greater JSON."""
    best: dict[_Key, Row] = {}
    for row in offered:
        key = row["customer_id"], row["ordered_at"]
        best[key] = max((best.get(key, row), row), key=_rank)
    ordered = sorted(best)
    for key, following in zip_longest(ordered, ordered[1:]):
        yield _version(best[key], key[1], following[1] if following and following[0] == key[0] else None)


def _rank(row: Row) -> tuple[bool, bytes]:
    gone = row["email_pseudonym"] is None
    return gone, b"" if gone else spark_json(row).encode()


def _version(row: Row, begin: dt.datetime, end: dt.datetime | None) -> Row:
    """The row with its time; a delete keeps its key and ends where it begins."""
    if row["email_pseudonym"] is None:
        kept = ("customer_id", "ordered_at")
        row, end = {name: row[name] if name in kept else None for name in row}, begin
    return {**row, "valid_from": begin, "valid_to": end, "is_current": end is None}
