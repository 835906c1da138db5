"""What would be appended again with each batch; where that is said is in wrong.yml."""

from __future__ import annotations

from typing import Any

import pytest

OUTPUT = "  articles:\n    from: articles\n    write: append\n"
SCHEMA = "    schema: {order_id: string, place: int, sku: string, updated_at: timestamp}\n"
STEP = "  ranked:\n"
MIXED = "  ids: {sql: select customer_id from customers}\n  mixed: {sql: MIX}\n"
UNION = "select customer_id from ids union all select order_id from exports"


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("{kind: filter, from: mixed, where: customer_id is not null}", ["flow"]),
        ("{kind: join, from: [mixed, customers], on: customer_id, how: semi}", ["flow"]),
        ("{kind: join, from: [mixed, ids], on: customer_id}", ["flow"]),
        ("{kind: join, from: [ids, mixed], on: customer_id, how: right}", ["flow"]),
        ("{kind: join, from: [keyed, customers], on: customer_id}", []),
        ("{kind: join, from: [keyed, ids], on: customer_id, how: left}", []),
        ("{kind: union, from: [keyed, keyed]}", []),
        ("{kind: union, from: [keyed, ids]}", ["flow"]),
        ("{sql: select customer_id from mixed}", ["flow"]),
        ("{sql: select customer_id from keyed join customers using (customer_id)}", []),
    ],
)
def test_what_repeats_with_each_batch(find: Any, step: str, found: list[str]) -> None:
    keyed = "  keyed: {sql: select order_id as customer_id from exports}\n"
    steps = f"{MIXED.replace('MIX', UNION)}{keyed}  out: {step}\n{STEP}"
    said = find(
        ("product", STEP, steps),
        ("product", OUTPUT, OUTPUT.replace(": articles", ": out")),
        ("product", SCHEMA, ""),
    )
    assert [one.code for one in said] == found


def test_a_merge_takes_what_repeats(find: Any) -> None:
    steps = f"{MIXED.replace('MIX', UNION)}{STEP}"
    merge = "  articles:\n    from: mixed\n    write: merge\n    keys: [customer_id]\n"
    assert find(("product", STEP, steps), ("product", OUTPUT, merge), ("product", SCHEMA, "")) == []
