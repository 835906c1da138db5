from __future__ import annotations

from typing import Any

PRODUCT = "product"


def test_a_rename_of_an_output_is_no_mistake(find: Any) -> None:
    new = "{name: path, logicalType: string, renamedFrom: file}"
    assert find((PRODUCT, "{name: path, logicalType: string}", new)) == []


def test_fields_are_renamed_among_themselves(find: Any) -> None:
    path = "{name: path, logicalType: string}"
    field = "{name: sku, logicalType: string, renamedFrom: amount}"
    lines = f"{{name: lines, logicalType: array, items: {{logicalType: object, properties: [{field}]}}}}"
    found = find((PRODUCT, path, f"{path}\n      - {lines}"))
    assert not [one for one in found if one.code == "renamed-from"]


def test_a_rename_of_an_input_is_one(find: Any) -> None:
    events = "    hub: orders\n    schema: {ref: order}\n"
    renamed = events.replace("{ref: order}", "[{name: order_id, logicalType: string, renamedFrom: id}]")
    found = find((PRODUCT, events, renamed))
    (said,) = [one for one in found if one.code == "renamed-from"]
    assert "it is of an output's columns; an input's go by a rename step" in said.message
