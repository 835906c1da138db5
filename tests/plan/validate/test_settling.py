"""A deduplicate before a merge keeps the rows that the merge would keep, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

STEP = "  safe:\n    kind: pseudonymise\n"
PORT = "    from: articles\n    write: append\n"
MERGED = "    from: late\n    write: merge\n    keys: [order_id, place]\n    sequenceBy: [updated_at]\n"
FOLDS, MAY_KEEP = (
    "step 'once' folds rows of different keys",
    "step 'once' may keep another row than the merge",
)


def steps(said: str, between: str = "kind: filter, where: place >= 0") -> str:
    once = f"  once: {{kind: deduplicate, from: articles, {said}}}\n"
    return f"{once}  late: {{from: once, {between}}}\n{STEP}"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("keys: [order_id, place], orderBy: [updated_at desc]", None),
        ("keys: [Place, ORDER_ID], orderBy: ['`updated_at` DESC', sku]", None),
        ("keys: [order_id, place, sku], orderBy: [updated_at desc]", None),
        ("keys: [order_id, place, updated_at]", None),
        ("keys: [order_id], orderBy: [updated_at desc]", FOLDS),
        ("keys: [order_id, sku], orderBy: [updated_at desc]", FOLDS),
        ("keys: [order_id, place], orderBy: [updated_at]", MAY_KEEP),
        ("keys: [order_id, place], orderBy: [sku, updated_at desc]", MAY_KEEP),
        ("keys: [order_id, place, sku]", MAY_KEEP),
    ],
)
def test_what_stays_does_not_depend_on_the_cut(find: Any, said: str, says: str | None) -> None:
    found = find(("product", STEP, steps(said)), ("product", PORT, MERGED))
    assert [(one.message.partition(",")[0], one.code) for one in found] == ([(says, "flow")] if says else [])


def test_keys_that_are_made_behind_the_step_are_not_known_to_it(find: Any) -> None:
    made = "kind: derive, columns: {place: place + 1}"
    assert find(("product", STEP, steps("keys: [order_id]", made)), ("product", PORT, MERGED)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    sequenceBy: [updated_at]\n", "", "step 'once' deduplicates within a batch"),
        ("merge", "history", "step 'once' folds rows of a batch"),
    ],
)
def test_a_merge_without_a_sequence_and_a_history_settle_nothing(
    find: Any, old: str, new: str, says: str
) -> None:
    said = steps("keys: [order_id, place], orderBy: [updated_at desc]")
    (one,) = find(("product", STEP, said), ("product", PORT, MERGED.replace(old, new)))
    assert (one.message.startswith(says), one.code) == (True, "flow")
