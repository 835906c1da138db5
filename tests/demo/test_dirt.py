"""Each kind of dirt strikes as often as it says and spoils what it says."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from lakemesh.demo.dirt import EVERY, FIELDS, KINDS, UNREADABLE, amount, garble, kind_at, soil, write_json

ORDER = {
    "order_id": "o-1",
    "currency": "EUR",
    "total": "5.00",
    "customer": {"email": "a@example.com"},
    "lines": [{"quantity": 1}],
    "updated_at": "2026-10-01T12:00:00Z",
}


@pytest.mark.parametrize("port", KINDS)
@pytest.mark.parametrize("records", [0, 7, 199, 200, 1234])
def test_the_amount_of_each_kind_is_known(port: str, records: int) -> None:
    struck = Counter(kind_at(port, count) for count in range(records))
    assert {kind: struck[kind] for kind in KINDS[port]} == {
        kind: amount(port, kind, records) for kind in KINDS[port]
    }


@pytest.mark.parametrize("port", KINDS)
def test_every_kind_strikes_once_in_a_cycle(port: str) -> None:
    struck = Counter(kind_at(port, count) for count in range(EVERY))
    assert all(struck[kind] == 1 for kind in KINDS[port])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("comma_amount", "total", "12,50"),
        ("null_key", "order_id", None),
        ("unknown_currency", "currency", "EURO"),
        ("no_lines", "lines", []),
        ("text_for_customer", "customer", "a guest"),
        ("text_for_quantity", "lines", [{"quantity": "two"}]),
    ],
)
def test_a_kind_spoils_one_field(kind: str, field: str, value: object) -> None:
    soiled = soil("order_events", kind, ORDER)
    assert soiled[field] == value
    assert {**soiled, field: ORDER[field]} == ORDER


def test_a_missing_key_is_not_even_null() -> None:
    assert "order_id" not in soil("order_events", "missing_key", ORDER)


def test_a_field_that_is_not_there_cannot_be_spoiled() -> None:
    bare = {**ORDER, "lines": []}
    assert soil("order_events", "text_for_quantity", bare) == bare


def test_another_zone_is_the_same_instant() -> None:
    assert soil("order_exports", "other_zone", ORDER)["updated_at"] == "2026-10-01T14:00:00.000+02:00"


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_garbled_is_no_json_object(kind: str) -> None:
    garbled = garble(kind, write_json(ORDER))
    try:
        said = json.loads((garbled or b"").decode())
    except (json.JSONDecodeError, UnicodeDecodeError):
        said = None
    assert not isinstance(said, dict)


def test_ports_of_one_shape_share_their_fields() -> None:
    assert FIELDS["order_events"] is FIELDS["order_exports"]
