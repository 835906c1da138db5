"""What ways of writing allow; where what they refuse is said is in wrong.yml."""

from __future__ import annotations

from typing import Any

import pytest

ARTICLES = "    from: articles\n    write: append\n"
DAILY = "  daily: {from: per_day, write: overwrite}"


def codes(found: list[Any]) -> list[str]:
    return [one.code for one in found if one.code != "not-yet"]


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("write: append", []),
        ("write: overwrite", ["flow"]),
        ("write: overwrite\n    by: [order_id]\n    sequenceBy: [updated_at]", ["flow"]),
        ("write: overwrite\n    by: [order_id]", ["no-sequence"]),
        ("write: overwrite\n    where: place > 1", ["flow"]),
        ("write: overwrite\n    sequenceBy: [updated_at]", ["flow", "no-groups"]),
        ("write: merge\n    keys: [order_id]", []),
        ("write: history\n    keys: [order_id]\n    sequenceBy: [updated_at]", []),
        ("write: history\n    keys: [order_id]", ["no-sequence"]),
        ("write: history\n    keys: [order_id]\n    source: snapshot\n    maxDeleted: 5 %", ["flow"]),
    ],
)
def test_ways_of_writing_what_comes_in_batches(find: Any, way: str, found: list[str]) -> None:
    assert codes(find(("product", ARTICLES, f"    from: articles\n    {way}\n"))) == found


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("write: append", ["flow"]),
        ("write: overwrite, by: [day]", []),
        ("write: overwrite, where: day is not null", []),
        ("write: history, keys: [day], source: snapshot, maxDeleted: 10 %", []),
        ("write: overwrite, where: day is not null, by: [day]", ["two-ways"]),
        ("write: overwrite, sequenceBy: [day]", ["no-groups"]),
    ],
)
def test_ways_of_writing_what_is_read_whole(find: Any, way: str, found: list[str]) -> None:
    assert codes(find(("daily", DAILY, f"  daily: {{from: per_day, {way}}}"))) == found


ORDERS = "    write: merge\n    keys: [order_id]\n    sequenceBy: [updated_at]\n"


def test_a_history_of_changes_is_read_with_its_versions(find: Any) -> None:
    history = ORDERS.replace("merge", "history") + "    deleteWhen: amount is null and pieces = 0\n"
    reading = "where: is_current and valid_to is null and valid_from > timestamp'2026-01-01'}"
    assert find(("product", ORDERS, history), ("daily", "where: amount > 0}", reading)) == []
