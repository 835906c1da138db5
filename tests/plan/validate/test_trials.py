from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("orders__quarantine: []", "orders__quarantine: [{order_id: A, _failed_rules: [x], _source: {}}]"),
        ("[{reason: not valid JSON}]", "[{_raw: '{broken', _reason: not valid JSON}]"),
        ("    events: [", "    customers: [{customer_id: C}]\n    events: ["),
        ('{order_id: A-1, amount: "5", updated_at', '{order_id: A-1, amount: "5", undeclared: 1, updated_at'),
        ("    orders__quarantine: []", "    ranks: [{rank: 1}]"),
    ],
)
def test_what_a_case_may_say(find: Any, old: str, new: str) -> None:
    assert find(("tests", old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("orders__quarantine: []", "orders__quarantine: [{order: A}]", "unknown-column"),
        ("    events: [", "    customers: [{id: C}]\n    events: [", "unknown-column"),
        ("  tables:\n    orders:", "  tables:\n    order:", "unknown-reference"),
        ("events__rejected", "customers__rejected", "unknown-reference"),
    ],
)
def test_what_it_may_not(find: Any, old: str, new: str, code: str) -> None:
    assert [one.code for one in find(("tests", old, new))] == [code]


def test_a_value_of_another_type_has_its_place(find: Any) -> None:
    (one,) = find(("tests", "    orders__quarantine: []", "    ranks: [{rank: one}]"))
    assert (one.code, one.message) == ("wrong-type", "'one' is no int")
    assert one.column == "    ranks: [{rank: one}]".index("one") + 1


def test_a_merge_has_one_row_of_a_key(find: Any) -> None:
    row = "      - {order_id: A-1, updated_at: 2026-01-02T00:00:00Z}\n"
    (one,) = find(("tests", row, row + row.replace("-02T", "-01T")))
    assert (one.line, one.code) == (13, "duplicate-key")
    assert one.message == "a second row of the key {order_id: A-1}: a merge leaves one row of each"


def test_keys_are_found_whatever_their_case(find: Any) -> None:
    row = "      - {order_id: A-1, updated_at: 2026-01-02T00:00:00Z}\n"
    spelled = row.replace("order_id", "ORDER_ID")
    assert find(("tests", row, spelled + spelled.replace("A-1", "A-2"))) == []


def test_tombstones_may_be_there_before(find: Any) -> None:
    keys = "    keys: [order_id]\n"
    row = "      - {order_id: A-1, updated_at: 2026-01-02T00:00:00Z}\n"
    stones = "    orders__tombstones: [{order_id: A-2, updated_at: 2026-01-02T00:00:00Z, _run: r}]\n"
    assert find(("product", keys, f"{keys}    deleteWhen: amount = 0\n"), ("tests", row, row + stones)) == []


def test_not_of_an_output_without_deletes(find: Any) -> None:
    row = "      - {order_id: A-1, updated_at: 2026-01-02T00:00:00Z}\n"
    (one,) = find(("tests", row, f"{row}    orders__tombstones: [{{order_id: A-2}}]\n"))
    assert one.code == "unknown-reference"
