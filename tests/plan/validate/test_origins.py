"""Values of `_source` where the records of a batch are numbered in it."""

from __future__ import annotations

from typing import Any

import pytest

STEP = "  safe:\n    kind: pseudonymise\n"
SCHEMA = "    schema: {order_id: string, place: int, sku: string, updated_at: timestamp}\n"
PORT = f"    from: articles\n    write: append\n{SCHEMA}"
GROUPED = "    from: late\n    write: overwrite\n    by: [order_id]\n    sequenceBy: [updated_at]\n"


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ("{sql: 'select order_id, updated_at, _source, _source as src from lines'}", 0),
        ("{sql: 'select order_id, updated_at, _source, upper(_source.path) as p from lines'}", 0),
        ("{sql: 'select order_id, updated_at, _source, to_json(_source) as j from lines'}", 1),
        ("{sql: 'select order_id, updated_at, _source, cast(_SOURCE as string) as j from lines'}", 1),
        ("{kind: derive, from: lines, columns: {j: to_json(_source), p: upper(_source.path)}}", 1),
    ],
)
def test_a_value_may_be_made_of_its_fields_alone(find: Any, step: str, wrong: int) -> None:
    changes = ("product", STEP, f"  late: {step}\n{STEP}"), ("product", PORT, GROUPED)
    found = [one for one in find(*changes) if "a value of the whole _source" in one.message]
    assert len(found) == wrong


def test_elsewhere_nothing_is_numbered(find: Any) -> None:
    late = "  late: {sql: 'select order_id, updated_at, to_json(_source) as j from lines'}\n"
    assert (
        find(("product", STEP, late + STEP), ("product", PORT, "    from: late\n    write: append\n")) == []
    )
