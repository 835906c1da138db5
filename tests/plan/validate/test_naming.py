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


ODD = "[{name: 'a.b', logicalType: string}, {name: 'unit price', logicalType: string}]"


def test_a_field_of_an_input_may_have_any_name_and_a_column_of_a_table_may_not(find: Any) -> None:
    of_input = (
        "product",
        "    schema: {ref: order}\n  exports",
        f"    schema: {{ref: order, plus: {ODD}}}\n  exports",
    )
    assert {one.code for one in find(of_input)} == {"columns-differ"}
    shared = ("product", "{name: amount, logicalType: string}", "{name: unit price, logicalType: string}")
    told = "'unit price' is no column name: a table takes no ' ' in it"
    assert told not in [one.message for one in find(shared)]


def test_a_schema_that_an_output_shares_is_a_tables(find: Any) -> None:
    spare = ("product", "schemas:\n", "schemas:\n  rank:\n    - {name: 'x=y', logicalType: string}\n")
    written = ("product", "schema: {order_id: string, rank: int}", "schema: {ref: rank}")
    told = "'x=y' is no column name: a table takes no '=' in it"
    found = [one for one in find(spare, written) if one.message == told]
    assert [(one.line, one.code) for one in found] == [(13, "unusable-name")]


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
