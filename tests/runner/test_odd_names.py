"""Fields of records under names that no table takes: quoted wherever they go, until a step renames them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from lakemesh.names import ProductName
from lakemesh.plan.classified import classified_views
from lakemesh.query.tables import scan

PRODUCT = r"""
inputPorts:
  src:
    kind: blob
    path: "${landing.shop}/in"
    onSchemaChange: discard_value
    schema:
      - {name: id, logicalType: integer}
      - {name: "unit price", physicalType: "decimal(10,2)"}
      - {name: "x=y", logicalType: string}
      - {name: "a.b", logicalType: string, classification: confidential}
      - {name: "back`tick", logicalType: string}
      - {name: "it's \"q\"", logicalType: string}
      - name: "s t"
        logicalType: object
        properties: [{name: "u v", logicalType: integer}, {name: "w.x", logicalType: string}]
    quality:
      - expect_column_values_to_not_be_null: {column: "back`tick"}
        onFailure: quarantine
      - expect_column_values_to_be_in_set: {column: "a.b", value_set: [p, q]}
transformations:
  flat: {kind: flatten, from: src, columns: ["s t"]}
  named:
    kind: rename
    from: flat
    columns:
      "unit price": price
      "x=y": xy
      "a.b": ab
      "back`tick": tick
      "it's \"q\"": q
      "s t_u v": uv
      "s t_w.x": wx
  picked:
    kind: select
    from: src
    columns: [id, "`unit price` as price", "`s t`.`u v` as uv", "`a.b` as ab"]
  nested: {sql: "select id, `s t` as st, `x=y` || `back``tick` as both from src"}
outputPorts:
  named: {kind: delta, from: named, write: merge, keys: [id]}
  picked: {kind: delta, from: picked, write: append}
  nested:
    kind: delta
    from: nested
    write: append
    quality:
      - expect_column_values_to_be_between: {column: "st.u v", min_value: 1}
        onFailure: quarantine
"""


def record(number: int, **other: Any) -> dict[str, Any]:
    plain = {"id": number, "unit price": 1.5, "x=y": "x", "a.b": "p", "back`tick": "t", 'it\'s "q"': "q"}
    return {**plain, "s t": {"u v": number, "w.x": "w"}, **other}


def mapped(mini: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a table with column mapping."""
    rows = mini.spark.read.format("delta").load(str(mini.table(name))).collect()
    return [row.asDict(recursive=True) for row in rows]


def test_names_that_no_table_takes(mini: Any) -> None:
    mini.product("orders", PRODUCT)
    odd = {"unit price": "cheap", "new `one`": 1}
    mini.land("in/1.json", record(1), record(2, **odd), record(3, **{"back`tick": None}), record(0), "{")
    mini.ran("orders")
    named = {row["id"]: row for row in mini.rows("orders/named")}
    assert list(named[1].values()) == [1, Decimal("1.50"), "x", "p", "t", "q", 1, "w"]
    assert (named[2]["price"], sorted(named)) == (None, [0, 1, 2])
    picked = {row["id"]: row for row in mini.rows("orders/picked")}
    assert picked[1] == {"id": 1, "price": Decimal("1.50"), "uv": 1, "ab": "p"}
    (row,) = (row for row in mapped(mini, "orders/nested") if row["id"] == 1)
    assert row == {"id": 1, "st": {"u v": 1, "w.x": "w"}, "both": "xt"}
    (aside,) = mapped(mini, "orders/nested__quarantine")
    assert (aside["id"], aside["st"]) == (0, {"u v": 0, "w.x": "w"})
    rejected = {row["_reason"]: row["_raw"] for row in mini.rows("orders/src__rejected")}
    assert sorted(reason.partition(" ")[0] for reason in rejected) == ["not", "rule"]
    assert json.loads(rejected.pop(max(rejected)))["id"] == 3
    unknown = [row for row in mini.ops("checks") if row["rule"] == "no_unknown_fields"]
    assert json.loads(unknown[-1]["arguments"])["fields"] == ["new `one`"]


def test_what_is_classified_keeps_its_mark_under_a_new_name(mini: Any) -> None:
    mini.product("orders", PRODUCT)
    marks = classified_views(mini.mesh(), ProductName("shop", "orders"))
    assert {("ab",)} <= marks["named"] & marks["picked"]
    assert not {("price",), ("uv",)} & (marks["named"] | marks["picked"])


TIMES = """
inputPorts:
  times:
    kind: blob
    path: "${landing.shop}/times"
    schema:
      - {name: id, logicalType: string}
      - {name: until, logicalType: timestamp}
      - {name: st, logicalType: object, properties: [{name: "a b", logicalType: string}]}
outputPorts:
  mapped: {from: times, write: append}
  plain: {from: plain, write: append}
transformations:
  plain: {kind: drop, from: times, columns: [st]}
"""


def test_moments_of_any_year_are_read_as_they_were_written(mini: Any) -> None:
    mini.product("orders", TIMES)
    moments = {"a": "9999-12-31T23:59:59Z", "b": "2026-01-01T00:00:00Z", "c": "0001-01-01T00:00:00Z"}
    mini.land("times/1.json", *({"id": key, "until": value} for key, value in moments.items()))
    mini.ran("orders")
    for table in ("mapped", "plain"):
        rows = scan(DeltaTable(str(mini.table(f"orders/{table}"))))
        found = rows.read_all() if isinstance(rows, pa.RecordBatchReader) else rows.to_table()
        told = {row["id"]: row["until"].isoformat() for row in found.to_pylist()}
        assert told == {key: value.replace("Z", "+00:00") for key, value in moments.items()}
