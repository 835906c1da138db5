"""Rules of inputs: who is told of, who is rejected with its reason, what stops a batch before it is seen."""

from __future__ import annotations

import json
from typing import Any

RULES = """
inputPorts:
  in:
    kind: blob
    path: "${landing.shop}/in"
    schema:
      - {name: id, logicalType: integer}
      - name: kind
        logicalType: string
        quality: [{expect_column_values_to_be_in_set: {value_set: [a, b]}, name: known_kind, onFailure: drop}]
      - {name: at, logicalType: object, properties: [{name: city, logicalType: string,
          quality: [{expect_column_values_to_not_be_null: {}, name: has_city}]}]}
    quality:
      - {expect_column_values_to_not_be_null: {column: id}, name: has_id, onFailure: quarantine}
      - {expect_column_values_to_be_between: {column: id, max_value: 99}, name: small, onFailure: fail}
      - {expect_column_values_to_be_unique: {column: id}, name: once}
      - {expect_table_row_count_to_be_between: {max_value: 6}, name: few, onFailure: fail}
outputPorts:
  out: {kind: delta, from: in, write: append}
  again: {kind: delta, from: in, write: append}
"""
FED = """
inputPorts:
  up:
    kind: product
    product: shop.source
    port: out
    read: appends
    quality: [{expect_column_values_to_not_be_null: {column: name}, name: named, onFailure: quarantine}]
  all:
    kind: product
    product: shop.source
    port: out
    quality:
      - {expect_table_row_count_to_be_between: {max_value: 3}, name: few, onFailure: fail}
      - {expect_column_values_to_not_be_null: {column: name}, name: all_named}
transformations:
  both: {sql: "select u.id, a.name from up u left join all a on u.id = a.id"}
outputPorts:
  out: {kind: delta, from: both, write: append}
"""
SOURCE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/up", schema: {id: bigint, name: string}}
outputPorts:
  out: {kind: delta, from: in, write: append}
"""


def test_rules_of_records(mini: Any) -> None:
    mini.product("orders", RULES)
    city = {"city": "x"}
    mini.land(
        "in/1.json", {"id": 1, "kind": "a", "at": city}, {"id": 1, "kind": "b"}, {"id": 3, "kind": "z"},
        {"kind": "z"}, "{broken",
    )  # fmt: skip
    report = mini.ran("orders")
    assert sorted(row["kind"] for row in mini.rows("orders/out")) == ["a", "b"]
    rejected = {row["_reason"]: row["_raw"] for row in mini.rows("orders/in__rejected")}
    assert rejected == {
        "rule known_kind": '{"id": 3, "kind": "z"}',
        "rule known_kind, has_id": '{"kind": "z"}',
        "not valid JSON": "{broken",
    }
    (entry,) = (entry for entry in report.entries if entry.kind == "input")
    assert (entry.read, entry.rejected, entry.accepted) == (5, 3, 2)
    told = {one.rule: (one.success, one.element_count, one.unexpected_count) for one in report.checks}
    assert told.pop("no_unknown_fields")[0] is True
    assert told == {
        "known_kind": (False, 4, 2),
        "has_city": (False, 4, 3),
        "has_id": (False, 4, 1),
        "small": (True, 4, 0),
        "once": (False, 4, 2),
        "few": (True, 4, None),
    }
    assert {one.output for one in report.checks} == {"in"}

    before = {name: mini.version(f"orders/{name}") for name in ("out", "again", "in__rejected")}
    bad = mini.land("in/2.json", {"id": 100, "kind": "a"}, {"id": 5, "kind": "z"})
    stopped = mini.run("orders")
    assert stopped.message == (
        "shop.orders, flow 'in', batch 1: a row broke small, and onFailure is fail: nothing of the batch was"
        " written."
    )
    bad.unlink()
    mini.land("in/2.json", *({"id": n, "kind": "a"} for n in range(7)))
    many = mini.run("orders")
    assert "'few' of input 'in' did not hold" in many.message
    assert {name: mini.version(f"orders/{name}") for name in before} == before


def test_a_table_rule_is_decided_before_anything_is_written(mini: Any) -> None:
    mini.product("orders", RULES)
    mini.land("in/1.json", *({"id": n, "kind": "a"} for n in range(7)))
    report = mini.run("orders")
    assert report.message == (
        "shop.orders, flow 'in', batch 0: 'few' of input 'in' did not hold, and onFailure is fail: nothing of"
        " the batch was written."
    )
    assert mini.rows("orders/out") == [] == mini.rows("orders/in__rejected")


def test_rules_of_products_rows(mini: Any) -> None:
    mini.product("source", SOURCE)
    mini.product("orders", FED)
    mini.land("up/1.json", {"id": 1, "name": "x"}, {"id": 2})
    mini.ran("source")
    report = mini.ran("orders")
    assert mini.rows("orders/out") == [{"id": 1, "name": "x"}]
    (rejected,) = mini.rows("orders/up__rejected")
    assert (json.loads(rejected["_raw"]), rejected["_reason"]) == ({"id": 2}, "rule named")
    told = {one.rule: (one.output, one.success, one.unexpected_count) for one in report.checks}
    assert told == {"named": ("up", False, 1), "few": ("all", True, None), "all_named": ("all", False, 1)}
    mini.land("up/2.json", {"id": 3, "name": "y"}, {"id": 4, "name": "z"})
    mini.ran("source")
    assert "'few' of input 'all' did not hold" in mini.run("orders").message
    assert len(mini.rows("orders/out")) == 1


FROZEN = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", onSchemaChange: freeze, schema: {id: bigint}}
outputPorts:
  out: {kind: delta, from: in, write: append}
  again: {kind: delta, from: in, write: merge, keys: [id]}
"""


def test_a_frozen_schema_stops_the_batch_and_says_what_to_do(mini: Any) -> None:
    mini.product("orders", FROZEN)
    mini.land("in/1.json", {"id": 1}, "{broken")
    mini.ran("orders")
    new = mini.land("in/2.json", {"id": 2}, {"id": 3, "colour": "red"})
    report = mini.run("orders")
    assert report.message == (
        "shop.orders, flow 'in', batch 1: input 'in' says onSchemaChange: freeze, and a record is not as its"
        f" schema says: unknown field: colour in file:{new}. Nothing of the batch was written. Mend the"
        " schema, or say evolve, discard_row, discard_value or ignore, and run again."
    )
    assert [row["id"] for row in mini.rows("orders/out")] == [1]
    mini.product("orders", FROZEN.replace("{id: bigint}", "{id: bigint, colour: string}"))
    mini.ran("orders")
    assert {name: sorted(row["id"] for row in mini.rows(f"orders/{name}")) for name in ("out", "again")} == {
        "out": [1, 2, 3],
        "again": [1, 2, 3],
    }


TYPED = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", maxPerBatch: 1, schema: {id: string, n: bigint, at: timestamp}}
outputPorts:
  out: {from: in, write: append, schema: {id: string, n: bigint, at: timestamp}}
"""


def test_values_of_the_wrong_type_are_told_of(mini: Any) -> None:
    mini.product("orders", TYPED)
    mini.land("in/1.json", {"id": "a", "n": "x", "at": "yesterday"}, {"id": "b", "n": 1}, "{broken")
    mini.land("in/2.json", {"id": "c", "n": [1]})
    report = mini.ran("orders")
    assert report.warnings == (
        "input 'in' has values that are not of their field's type, in 2 of its records: they are NULL, and"
        " _rescued_data has their text",
    )
    told = [row for row in mini.ops("checks") if row["rule"] == "no_wrong_types"]
    assert [(row["success"], row["unexpected_count"], row["element_count"]) for row in told] == [
        (False, 1, 3), (False, 1, 1),
    ]  # fmt: skip
    mini.land("in/3.json", {"id": "d", "n": 2})
    assert mini.ran("orders").warnings == ()
