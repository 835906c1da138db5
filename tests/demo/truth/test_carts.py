"""The model of cart.activity and cart.carts."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from lakemesh.demo.truth.carts import offer_change, offer_event, offer_export
from lakemesh.demo.truth.rows import Row
from lakemesh.demo.truth.tally import Tally

CART: dict[str, Any] = {
    "cart_id": "c-1",
    "state": "open",
    "currency": "EUR",
    "customer": {"id": "u-1"},
    "items": [{"quantity": 2, "unit_price": 5.25}],
    "created_at": "2026-10-01T12:00:00Z",
    "updated_at": "2026-10-01T13:00:00Z",
}
EVENT: dict[str, Any] = {
    "action": "add",
    "quantity": 2,
    "user_agent": "Mozilla/5.0 (iPad)",
    "cart": {
        "id": "c-1",
        "customer_id": "u-1",
        "currency": "EUR",
        "status": "open",
        "item_count": 2,
        "value": 10.5,
        "created_at": "2026-10-01T12:00:00Z",
    },
    "occurred_at": "2026-10-01T13:00:00Z",
}


def event(tally: Tally, **changes: Any) -> Row | None:
    return offer_event(json.dumps({**EVENT, **changes}).encode(), tally)


def export(tally: Tally, **changes: Any) -> Row | None:
    return offer_export(json.dumps({**CART, **changes}).encode(), tally)


def test_event_and_export_of_one_state_are_one_row() -> None:
    tally = Tally()
    seen = event(tally)
    assert seen is not None
    assert seen["device"] == "tablet"
    assert offer_change(seen, tally) == export(tally)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"cart": "c-1"}, "cart_known"),
        ({"action": "hover"}, "action_known"),
        ({"quantity": 100_000}, "quantity_plausible"),
    ],
)
def test_a_bad_event_is_quarantined_by_its_rule(changes: Row, rule: str) -> None:
    tally = Tally()
    assert event(tally, **changes) is None
    assert tally.nested()["cart.activity"]["outputs"]["activity"]["quarantined_by"] == {rule: 1}


def test_an_event_without_a_time_is_dropped_and_a_bot_is_filtered() -> None:
    tally = Tally()
    assert event(tally, occurred_at=None) is None
    assert event(tally, user_agent="ExampleBot/2.1") is None
    said = tally.nested()["cart.activity"]
    assert (said["outputs"]["activity"]["dropped"], said["filtered"]) == (1, {"people": 1})


def test_a_look_changes_no_cart() -> None:
    tally = Tally()
    seen = event(tally, action="view")
    assert seen is not None
    assert offer_change(seen, tally) is None


def test_an_unknown_quantity_makes_number_and_value_unknown() -> None:
    row = export(Tally(), items=[{"quantity": "two", "unit_price": 1}, {"quantity": 1, "unit_price": 1}])
    assert row is not None
    assert (row["item_count"], row["value"]) == (None, None)
    assert (export(Tally(), items=[]) or {})["value"] == Decimal("0.00")


def test_a_negative_quantity_breaks_two_rules() -> None:
    tally = Tally()
    assert export(tally, items=[{"quantity": -1, "unit_price": 5}]) is None
    assert tally.nested()["cart.carts"]["outputs"]["carts"] == {
        "checked": 1,
        "quarantined": 1,
        "failed": {"item_count_not_negative": 1, "value_not_negative": 1},
        "quarantined_by": {"item_count_not_negative": 1, "value_not_negative": 1},
    }
