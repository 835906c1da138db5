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
