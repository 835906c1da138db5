"""The model of checkout.orders and checkout.order_lines."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from lakemesh.demo.truth.feed import Change
from lakemesh.demo.truth.orders import offer_lines, offer_order
from lakemesh.demo.truth.rows import Row
from lakemesh.demo.truth.tally import Tally

LINE = {"sku": "AB-0001", "title": "Pan", "quantity": 2, "unit_price": 5.25}
ORDER: dict[str, Any] = {
    "order_id": "o-1",
    "status": "paid",
    "currency": " eur ",
    "total": "10.50",
    "customer": {"email": "a@example.com"},
    "payment": {"method": "card"},
    "lines": [LINE],
    "placed_at": "2026-10-01T12:00:00Z",
    "updated_at": "2026-10-01T13:00:00Z",
}


def offer(**changes: Any) -> tuple[Row | None, dict[str, Any]]:
    tally = Tally()
    row = offer_order("order_events", json.dumps({**ORDER, **changes}).encode(), tally)
    return row, tally.nested()["checkout.orders"]


def test_a_clean_order_is_offered() -> None:
    row, said = offer()
    assert row is not None
    assert (row["currency"], row["total"], row["line_count"]) == ("EUR", Decimal("10.50"), 1)
    assert (row["payment_method"], row["is_partial"]) == ("card", False)
    assert said["outputs"]["orders"] == {"checked": 1}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"order_id": None}, "key_not_null.order_id"),
        ({"updated_at": None}, "sequence_not_null.updated_at"),
        ({"total": "12,50"}, "cast.parsed.total"),
        ({"total": "-1.00"}, "total_not_negative"),
        ({"currency": "EURO"}, "currency_known"),
    ],
)
def test_a_bad_order_is_quarantined_by_its_rule(change: Row, rule: str) -> None:
    row, said = offer(**change)
    assert row is None
    assert said["outputs"]["orders"]["quarantined_by"] == {rule: 1}


def test_an_order_without_lines_is_dropped_and_one_with_odd_ones_is_not() -> None:
    assert offer(lines=[])[1]["outputs"]["orders"]["dropped"] == 1
    row, _ = offer(lines="see attachment")
    assert row is not None
    assert (row["line_count"], row["is_partial"]) == (None, True)


def test_a_test_order_is_filtered() -> None:
    assert offer(customer={"email": "a@test.example.com"})[1]["filtered"] == {"real": 1}


@pytest.mark.parametrize(
    ("quantity", "rule"), [(None, "quantity_known"), (0, "quantity_plausible"), (501, "quantity_plausible")]
)
def test_a_line_without_a_plausible_quantity_is_quarantined(quantity: int | None, rule: str) -> None:
    row, tally = offer(lines=[LINE, {**LINE, "quantity": quantity}])[0], Tally()
    assert row is not None
    lines = offer_lines([Change(1, True, row)], lambda _: tally)
    assert [(line["line_id"], line["line_amount"]) for line in lines] == [("o-1-1", Decimal("10.50"))]
    assert tally.nested()["checkout.order_lines"]["outputs"]["order_lines"]["quarantined_by"] == {rule: 1}


def test_a_cancelled_order_has_no_lines() -> None:
    row, _ = offer(status="cancelled")
    assert row is not None
    assert offer_lines([Change(1, True, row)], lambda _: Tally()) == []


def test_a_change_replaces_all_lines_or_takes_them_away() -> None:
    bad = {**LINE, "quantity": 0}
    said = (
        {},
        {"lines": [LINE, LINE]},
        {"lines": [bad]},
        {"lines": "see attachment"},
        {"status": "cancelled"},
    )
    rows = [row for changes in said if (row := offer(**changes)[0])]
    tally = Tally()

    def left(*numbers: int) -> int:
        changes = [Change(1, index == 0, rows[number]) for index, number in enumerate(numbers)]
        return len(offer_lines(changes, lambda _: tally))

    assert [left(0), left(0, 1), left(0, 1, 2), left(1, 3), left(1, 4), left(4, 0)] == [1, 2, 2, 0, 0, 1]
    # A cancelled order that nobody knew is not even read.
    assert tally.nested()["checkout.order_lines"]["inputs"]["orders"] == {"read": 11}
