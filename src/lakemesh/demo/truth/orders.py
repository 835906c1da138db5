"""checkout.orders and checkout.order_lines, as their specs say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lakemesh.demo.truth.records import parse_record, round_cents

if TYPE_CHECKING:
    from lakemesh.demo.truth.feed import Change
    from lakemesh.demo.truth.rows import Row
    from lakemesh.demo.truth.tally import Tally

PRODUCT = "checkout.orders"
LINES = "checkout.order_lines"
CURRENCIES = frozenset(("EUR", "USD", "GBP", "CHF", "SEK"))
STATUSES = frozenset(("placed", "paid", "shipped", "delivered", "cancelled"))
MOST_PIECES = 500
SHAPE = {
    **dict.fromkeys(("order_id", "cart_id", "status", "channel", "currency", "total"), "string"),
    "customer": {
        **dict.fromkeys(("customer_id", "name", "email"), "string"),
        "address": dict.fromkeys(("street", "city", "postal_code", "country"), "string"),
    },
    "payment": {"method": "string", "provider": "string"},
    "lines": [{"sku": "string", "title": "string", "quantity": "bigint", "unit_price": "decimal"}],
    "placed_at": "timestamp",
    "updated_at": "timestamp",
}


def offer_order(port: str, body: bytes | None, tally: Tally) -> Row | None:
    """The row that a record offers to the merge; None where it is rejected, filtered or set aside."""
    said = parse_record(body, SHAPE)
    tally.read(PRODUCT, port, reason=said.reason)
    if said.reason:
        return None
    record = said.values
    email = (record["customer"] or {}).get("email")
    if (email or "").endswith("@test.example.com"):
        tally.filtered(PRODUCT, "real")
        return None
    row = _row(record, said.misfits > 0)
    return row if _judged(row, record["total"], tally) else None


def _row(record: Row, is_partial: bool) -> Row:
    currency, payment = record["currency"], record["payment"] or {}
    return {
        **{name: record[name] for name in ("order_id", "cart_id", "status", "channel")},
        "currency": None if currency is None else currency.strip(" ").upper(),
        "total": _amount(record["total"]),
        "order_date": record["placed_at"].date() if record["placed_at"] else None,
        "customer": record["customer"],
        "payment_method": payment.get("method"),
        "payment_provider": payment.get("provider"),
        "lines": record["lines"],
        "line_count": None if record["lines"] is None else len(record["lines"]),
        "is_partial": is_partial,
        "placed_at": record["placed_at"],
        "updated_at": record["updated_at"],
    }


def _amount(text: str | None) -> Decimal | None:
    try:
        return None if text is None else round_cents(Decimal(text.strip()))
    except InvalidOperation:
        return None


def _judged(row: Row, total: str | None, tally: Tally) -> bool:
    email = (row["customer"] or {}).get("email")
    setting_aside = [
        *(["key_not_null.order_id"] if row["order_id"] is None else []),
        *(["sequence_not_null.updated_at"] if row["updated_at"] is None else []),
        *(["cast.parsed.total"] if total is not None and row["total"] is None else []),
        *(["currency_known"] if row["currency"] is not None and row["currency"] not in CURRENCIES else []),
        *(["total_not_negative"] if row["total"] is not None and row["total"] < 0 else []),
    ]
    dropping = ["has_lines"] if row["line_count"] == 0 else []
    warning = [
        *(["email_looks_right"] if email is not None and not re.search(r"^[^@ ]+@[^@ ]+$", email) else []),
        *(["status_known"] if row["status"] is not None and row["status"] not in STATUSES else []),
    ]
    return tally.judge(PRODUCT, "orders", setting_aside, dropping, warning)


def offer_lines(changes: Iterable[Change], tally_of: Callable[[int], Tally]) -> list[Row]:
    """The rows of order_lines that the changes of one order leave, each counted in the tally of its wave.

    A change replaces the order's lines by those of it that pass, and takes them away where it is cancelled or
    has none.
    """
    lines: list[Row] = []
    for change in changes:
        said, order = tally_of(change.wave), change.order
        is_wanted = order["status"] not in (None, "cancelled")
        if change.is_new and not is_wanted:
            continue
        said.read(LINES, "orders")
        rows = [_line(order, index, line) for index, line in enumerate(order["lines"] or [], start=1)]
        if not is_wanted or not rows:
            for _ in range(len(rows) or 1):
                said.judge(LINES, "order_lines", [], [], [])
            lines = []
        else:
            lines = [row for row in rows if _line_judged(row, said)] or lines
    return lines


def _line(order: Row, index: int, line: Row) -> Row:
    quantity, price = line["quantity"], line["unit_price"]
    return {
        "line_id": f"{order['order_id']}-{index}",
        "order_id": order["order_id"],
        "line_number": index,
        "order_date": order["order_date"],
        "channel": order["channel"],
        **line,
        "line_amount": None if quantity is None or price is None else quantity * price,
        "currency": order["currency"],
    }


def _line_judged(row: Row, tally: Tally) -> bool:
    quantity = row["quantity"]
    setting_aside = [
        *(["quantity_known"] if quantity is None else []),
        *(["quantity_plausible"] if quantity is not None and not 1 <= quantity <= MOST_PIECES else []),
    ]
    warning = (
        [] if row["sku"] is None or re.search(r"^[A-Z]{2}-[0-9]{4}$", row["sku"]) else ["sku_well_formed"]
    )
    return tally.judge(LINES, "order_lines", setting_aside, [], warning)
