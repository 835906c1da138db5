"""The model of marketing.customers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lakemesh.demo.truth.customers import history, offer_version
from lakemesh.demo.truth.feed import Change
from lakemesh.demo.truth.rows import Row
from lakemesh.demo.truth.tally import Tally

PLACED = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
CUSTOMER: Row = {
    "customer_id": "u-1",
    "name": "Ann",
    "email": "Ann@example.com ",
    "address": {"street": "Am Wall 1", "city": "Bonn", "postal_code": "53111", "country": "DE"},
}


def offer(day: int = 0, customer: Row | None = CUSTOMER, **changes: Any) -> tuple[Row | None, dict[str, Any]]:
    placed, tally = PLACED + dt.timedelta(days=day), Tally()
    order = {"customer": customer and {**customer, **changes}, "channel": "web", "placed_at": placed}
    return offer_version(Change(1, True, order), "salt", tally), tally.nested()["marketing.customers"]


def test_an_order_offers_its_customer_without_the_address_of_their_mail() -> None:
    row, said = offer()
    assert row is not None
    # printf ann@example.com | openssl dgst -sha256 -hmac salt
    assert row.pop("email_pseudonym") == "8dbf86487e8fb70c73c4a7e24ece98aa58be0c693f69a36bcc5a098f82b26db8"
    assert row == {
        "customer_id": "u-1",
        "city": "Bonn",
        "postal_code": "53111",
        "country": "DE",
        "channel": "web",
        "ordered_at": PLACED,
    }
    assert said == {"inputs": {"orders": {"read": 1}}, "outputs": {"customers": {"checked": 1}}}


@pytest.mark.parametrize("changes", [{"customer": None}, {"customer_id": None}, {"email": "nobody at home"}])
def test_an_order_that_tells_of_nobody_is_filtered(changes: dict[str, Any]) -> None:
    row, said = offer(**changes)
    assert (row, said["filtered"]) == (None, {"known": 1})


def test_an_order_without_its_time_is_quarantined_and_no_country_is_told() -> None:
    tally = Tally()
    order = {"customer": {**CUSTOMER, "address": None}, "channel": "web", "placed_at": None}
    assert offer_version(Change(1, True, order), "salt", tally) is None
    said = tally.nested()["marketing.customers"]["outputs"]["customers"]
    assert said["quarantined_by"] == {"sequence_not_null.ordered_at": 1, "country_known": 1}


def test_versions_end_where_the_next_begins_and_one_without_an_address_where_it_begins() -> None:
    rows = [offer(2)[0], offer(0)[0], offer(1, email=None)[0], offer(2)[0], offer(3, customer_id="u-2")[0]]
    found = [
        (row["customer_id"], row["valid_from"].day, row["valid_to"] and row["valid_to"].day, row["city"])
        for row in history([row for row in rows if row])
    ]
    assert found == [
        ("u-1", 1, 2, "Bonn"), ("u-1", 2, 2, None), ("u-1", 3, None, "Bonn"), ("u-2", 4, None, "Bonn"),
    ]  # fmt: skip


def test_of_one_moment_the_greater_json_stays_and_a_delete_before_any() -> None:
    here, there, gone = (offer(address={"city": city})[0] for city in ("Bonn", "Wien", "Graz"))
    assert here and there and gone
    assert [row["city"] for row in history([there, here])] == ["Wien"]
    assert [row["city"] for row in history([there, {**gone, "email_pseudonym": None}, here])] == [None]
