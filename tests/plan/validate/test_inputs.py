"""Rules of inputs that cannot be judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HUB = "    hub: orders\n"
CUSTOMERS = "    version: 2\n"


def test_the_columns_and_arguments_of_rules_on_inputs(find: Any) -> None:
    rules = (
        "    quality:\n"
        "      - {expect_column_values_to_not_be_null: {column: order}}\n"
        "      - {expect_column_values_to_not_be_null: {column: lines}, name: one}\n"
        "      - {expect_column_values_to_match_regex: {column: order_id, regex: '['}, name: one}\n"
    )
    found = find(("product", HUB, HUB + rules))
    assert [(one.line, one.code) for one in found] == [
        (34, "unknown-column"),
        (36, "invalid-rule"),
        (36, "duplicate-rule"),
    ]


def test_rows_of_a_snapshot_are_not_rejected(find: Any) -> None:
    rule = "    quality: [{expect_column_values_to_not_be_null: {column: email}, onFailure: quarantine}]\n"
    (one,) = find(("product", CUSTOMERS, CUSTOMERS + rule))
    assert (one.line, one.code) == (43, "flow")
    assert one.message.startswith("input 'customers' is a snapshot, read again by each batch")


def test_a_rule_under_a_column_of_an_input(find: Any) -> None:
    rule = "quality: [{expect_column_values_to_match_regex: {regex: '['}}]"
    (one,) = find(
        (
            "product",
            "    - {name: amount, logicalType: string}",
            f"    - {{name: amount, logicalType: string, {rule}}}",
        )
    )
    assert (one.line, one.code) == (14, "invalid-rule")


@pytest.mark.parametrize("said", ["amount, physicalType: 'decimal(42,2)'", "amount, logicalType: money"])
def test_a_column_of_no_type_has_one_finding(find: Any, said: str) -> None:
    (one,) = find(("product", "    - {name: amount, logicalType: string}", f"    - {{name: {said}}}"))
    assert one.line == 14


def test_void_that_was_said_has_a_finding_too(find: Any) -> None:
    (one,) = find(
        ("product", "    - {name: amount, logicalType: string}", "    - {name: amount, physicalType: void}")
    )
    assert (one.line, one.code) == (14, "unreadable-type")


def test_a_writers_schema_that_is_none(base: Path, find: Any) -> None:
    file = base / "bundles/shop/orders/order.avsc"
    said = "    format: avro\n    avroSchema: order.avsc\n"
    for text in ("{torn", '{"type": "string"}', "[]"):
        file.write_text(text, encoding="utf-8")
        (one,) = find(("product", HUB, HUB + said))
        assert (one.line, one.code) == (34, "unreadable-schema")
        file.unlink()
        assert [one.code for one in find(("product", HUB + said, HUB))] == []
    file.write_text('{"type": "record", "name": "order", "fields": []}', encoding="utf-8")
    assert find(("product", HUB, HUB + said)) == []
