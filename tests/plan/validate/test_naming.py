from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  ranks:\n", "  orders__tombstones:\n", "unusable-name"),
        ("  ranks:\n", "  select:\n", "unusable-name"),
        ("  ranks:\n", "  9lives:\n", "unusable-name"),
        ("schema: {order_id: string, rank: int}", 'schema: {order_id: string, "a=b": int}', "unusable-name"),
        (
            "schema: {order_id: string, rank: int}",
            "schema: {order_id: string, ORDER_ID: int}",
            "duplicate-column",
        ),
        (
            "    schema: {ref: order}\n  exports",
            "    schema: {ref: order, without: x}\n  exports",
            "unknown-column",
        ),
        (
            "    schema: {ref: order}\n  exports",
            "    schema: {ref: order, plus: [{name: Amount, logicalType: string}]}\n  exports",
            "duplicate-column",
        ),
    ],
)
def test_names(find: Any, old: str, new: str, code: str) -> None:
    assert code in [one.code for one in find(("product", old, new))]


def test_nested_columns_in_arrays_and_maps_are_looked_at(find: Any) -> None:
    column = (
        "    - name: deep\n      logicalType: map\n      values:\n"
        "        logicalType: array\n        items:\n"
        "          properties: [{name: a, logicalType: string}, {name: A, logicalType: string}]\n"
        "    - {name: updated_at, logicalType: timestamp}\n\ninputPorts"
    )
    found = find(("product", "    - {name: updated_at, logicalType: timestamp}\n\ninputPorts", column))
    assert [(one.line, one.column, one.code) for one in found] == [(32, 63, "duplicate-column")]


def test_a_product_that_could_be_no_schema(base: Path, find: Any) -> None:
    daily = base / "bundles" / "shop" / "daily"
    daily.rename(daily.with_name("Daily-Orders"))
    file = daily.with_name("Daily-Orders") / "product.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("name: daily", "name: Daily-Orders"), encoding="utf-8"
    )
    (one,) = find()
    assert (one.line, one.column, one.code) == (3, 7, "unusable-name")
    assert "not usable as a catalog, schema or table name" in one.message


def test_a_port_and_a_step_may_share_a_name(find: Any) -> None:
    assert find(("product", "  ranks:\n    from: ranked", "  ranked:\n    from: ranked")) == []
