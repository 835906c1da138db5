from __future__ import annotations

from typing import Any

import pytest

from lakemesh.plan.validate.outputs import fits
from lakemesh.spec.types import parse_type


@pytest.mark.parametrize(
    ("found", "wanted", "does"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("bigint", "double", False),
        ("int", "decimal(12,2)", True),
        ("bigint", "decimal(12,2)", False),
        ("decimal(10,2)", "decimal(12,2)", True),
        ("decimal(12,2)", "decimal(12,4)", False),
        ("void", "date", True),
        ("date", "timestamp", True),
        ("timestamp", "date", False),
        ("string", "int", False),
        ("int", "string", False),
        ("array<int>", "array<bigint>", True),
        ("array<string>", "array<bigint>", False),
        ("map<string,int>", "map<string,bigint>", True),
        ("map<int,int>", "map<string,int>", False),
        ("struct<a int, b int>", "struct<B bigint, A int>", True),
        ("struct<a int>", "struct<a int, b int>", False),
        ("struct<a int>", "string", False),
    ],
)
def test_types_that_hold_others(found: str, wanted: str, does: bool) -> None:
    assert fits(parse_type(found), parse_type(wanted)) is does


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("keys: [order_id, ORDER_ID]", "duplicate-column"),
        ("keys: order_id\n    clusterBy: [pieces, x]", "unknown-column"),
    ],
)
def test_keys_and_clustering(find: Any, key: str, code: str) -> None:
    port = f"    write: merge\n    {key}\n    sequenceBy: [updated_at]\n"
    old = (
        "    write: merge\n    keys: [order_id]\n    sequenceBy: [updated_at]\n    clusterBy: [updated_at]\n"
    )
    assert [one.code for one in find(("product", old, port))] == [code]


def test_a_table_is_not_clustered_by_a_struct(find: Any) -> None:
    port = (
        "product",
        "  ranks:\n",
        "  raw: {from: events, write: append, clusterBy: [customer, order_id]}\n  ranks:\n",
    )
    (one,) = find(port)
    assert "'customer' is struct<id:string,email:string>, which a table cannot be clustered by" in one.message


def test_an_output_without_a_schema_takes_its_frame(find: Any) -> None:
    rule = "{expect_column_values_to_not_be_null: {column: customer.email}}"
    port = f"{{from: typed, write: merge, keys: order_id, sequenceBy: updated_at, quality: [{rule}]}}"
    assert find(("product", "  ranks:\n", f"  raw: {port}\n  ranks:\n")) == []


@pytest.mark.parametrize(("item", "name"), [("upper(amount)",) * 2, ("amount as `a``b`", "a`b")])
def test_columns_without_a_usable_name_are_said(find: Any, item: str, name: str) -> None:
    sql = f'  raw: {{sql: "select order_id, {item} from events"}}\n  safe:\n'
    port = "  raws: {from: raw, write: append}\n  ranks:\n"
    (one,) = find(("product", "  safe:\n", sql), ("product", "  ranks:\n", port))
    assert f"gives a column '{name}', which is no name for a table's: give it another, with AS" in one.message


def test_metadata_is_dropped_unless_it_is_asked_for(find: Any) -> None:
    schema = (
        "schema: {order_id: string, place: int, sku: string, updated_at: timestamp, _rescued_data: string}"
    )
    old = "schema: {order_id: string, place: int, sku: string, updated_at: timestamp}"
    sql = ("product", "line.sku as sku, updated_at", "line.sku as sku, updated_at, _rescued_data, _source")
    assert find(sql) == []
    assert find(("product", old, schema)) == []
