"""What comes of rows that break rules: set aside with what they broke, dropped, or only counted."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from lakemesh.errors import StepFailed
from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.read.records import SOURCE
from lakemesh.runner.outputs import require_marks

ORDERS = """
inputPorts:
  in:
    kind: blob
    path: ${landing.shop}/in
    schema: {id: bigint, seq: bigint, total: string, v: string}
transformations:
  typed: {kind: cast, from: in, columns: {total: "decimal(12,2)"}}
outputPorts:
  out:
    kind: delta
    from: typed
    write: merge
    keys: [id]
    sequenceBy: [seq]
    schema:
      - {name: id, logicalType: integer}
      - {name: seq, logicalType: integer}
      - {name: total, physicalType: "decimal(12,2)"}
      - {name: v, logicalType: string, required: true}
    quality:
      - expect_column_values_to_be_between: {column: total, min_value: 0}
        name: not_negative
        onFailure: quarantine
      - expect_column_values_to_be_in_set: {column: v, value_set: [a, b]}
        name: known
        onFailure: drop
      - expect_column_value_lengths_to_be_between: {column: v, max_value: 1}
        name: short
      - expect_column_sum_to_be_between: {column: total, max_value: 1}
        name: small
"""
RECORDS: list[Any] = [
    {"id": 1, "seq": 1, "total": "1.50", "v": "a"},
    {"id": 1, "seq": 2, "total": "2.50", "v": "b"},
    {"id": None, "seq": 1, "total": "1", "v": "a"},
    {"id": 3, "seq": None, "total": "1", "v": "a"},
    {"id": 4, "seq": 1, "total": "-1", "v": "other"},
    {"id": 5, "seq": 1, "total": "1", "v": "other"},
    {"id": 6, "seq": 1, "total": "many", "v": "a"},
    {"id": 7, "seq": 1, "total": "1"},
    {"id": 8, "seq": 1, "total": None, "v": "a"},
    "[1]",
    "{broken",
]


def test_every_record_is_somewhere_and_told_why(mini: Any) -> None:
    mini.product("orders", ORDERS)
    file = mini.land("in/1.json", *RECORDS)
    report = mini.ran("orders")

    assert sorted((row["id"], str(row["total"])) for row in mini.rows("orders/out")) == [
        (1, "2.50"),
        (8, "None"),
    ]
    (lines,) = [entry for entry in report.entries if entry.kind == "output"]
    assert (lines.checked, lines.quarantined, lines.dropped, lines.superseded, lines.offered) == (
        9,
        5,
        1,
        1,
        2,
    )
    (taken,) = [entry for entry in report.entries if entry.kind == "input"]
    assert (taken.read, taken.rejected, taken.accepted) == (11, 2, 9)
    assert report.tables == (("shop.orders.out", 2),)

    aside = mini.rows("orders/out__quarantine")
    origin = ["_source", "_run", "_flow", "_batch", "_at"]
    assert list(aside[0]) == ["id", "seq", "total", "v", "_failed_rules", "_failed_values", *origin]
    failed = {(row["id"], row["seq"]): (row["_failed_rules"], dict(row["_failed_values"])) for row in aside}
    assert failed == {
        (None, 1): (["key_not_null.id"], {"key_not_null.id": None}),
        (3, None): (["sequence_not_null.seq"], {"sequence_not_null.seq": None}),
        (4, 1): (
            ["not_negative", "known", "short"],
            {"not_negative": "-1.00", "known": "other", "short": "other"},
        ),
        (6, 1): (["cast.typed.total"], {"cast.typed.total": "many"}),
        (7, 1): (["required.v"], {"required.v": None}),
    }
    rejected = sorted(mini.rows("orders/in__rejected"), key=lambda row: row["_raw"])
    assert list(rejected[0]) == ["_raw", "_reason", *origin]
    assert [(row["_raw"], row["_reason"]) for row in rejected] == [
        ("[1]", "a JSON array, not a JSON object"),
        ("{broken", "not valid JSON"),
    ]
    for row in (*aside, *rejected):
        assert (row["_run"], row["_flow"], row["_batch"]) == (report.run_id, "in", 0)
        assert dt.datetime.now(dt.UTC) - row["_at"] < dt.timedelta(minutes=10)
        source = row["_source"]
        assert (source["port"], source["path"], source["run"]) == ("in", f"file:{file}", report.run_id)
        assert source["size"] == file.stat().st_size

    checks = {check.rule: check for check in report.checks}
    told = {
        rule: (check.success, check.unexpected_count)
        for rule, check in checks.items()
        if check.output == "out"
    }
    assert told == {
        "key_not_null.id": (False, 1),
        "sequence_not_null.seq": (False, 1),
        "required.v": (False, 1),
        "cast.typed.total": (False, 1),
        "not_negative": (False, 1),
        "known": (False, 2),
        "short": (False, 2),
        "small": (False, None),
    }
    assert float(checks["small"].observed_value) == 7.0
    assert json.loads(checks["not_negative"].arguments) == {"column": "total", "min_value": 0}


ASKED = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
outputPorts:
  out:
    kind: delta
    from: in
    write: append
    schema:
      - {name: id, logicalType: integer}
      - {name: v, logicalType: string}
      - {name: _source, physicalType: "SOURCE"}
    quality: [{expect_column_values_to_not_be_null: {column: v}, onFailure: quarantine}]
""".replace("SOURCE", SOURCE)


def test_an_output_keeps_where_its_rows_came_from_where_it_asks_for_it(mini: Any) -> None:
    mini.product("orders", ASKED)
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 2})
    mini.ran("orders")
    (row,) = mini.rows("orders/out")
    assert (list(row), row["_source"]["port"]) == (["id", "v", "_source"], "in")
    (aside,) = mini.rows("orders/out__quarantine")
    assert (aside["id"], aside["_source"]["port"], list(aside).count("_source")) == (2, "in", 1)


CASTS = """
inputPorts:
  in: {{kind: blob, path: "${{landing.shop}}/in", schema: {{id: string, v: string}}}}
  known: {{kind: product, product: shop.known, port: known}}
transformations:
  typed: {{kind: cast, from: {cast}, columns: {{id: int}}, onError: {how}}}
  matched: {{kind: join, from: {join}, on: [v], how: semi}}
  made: {{python: "def made(rows): return rows", from: [matched]}}
outputPorts:
  out: {{from: made, write: append}}
"""
KNOWN = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/known", schema: {id: string, v: string}}
outputPorts:
  known: {from: in, write: append}
"""


@pytest.mark.parametrize(
    ("cast", "join", "how", "asked"),
    [
        ("in", "[typed, known]", "reject", True),
        ("in", "[typed, known]", '"null"', False),
        ("known", "[in, typed]", "reject", False),
    ],
)
def test_marks_are_asked_of_what_a_python_step_passes_on(
    mini: Any, cast: str, join: str, how: str, asked: bool
) -> None:
    mini.product("known", KNOWN)
    mini.product("things", CASTS.format(cast=cast, join=join, how=how))
    (flow,) = compile_plan(mini.mesh(), ProductName("shop", "things")).flows
    (land,) = flow.outputs
    bare = mini.spark.sql("select 'a' as id, 'b' as v")
    if asked:
        with pytest.raises(StepFailed, match=r"'made' gives no _cast_errors, .* 'typed' could not cast"):
            require_marks(land, bare, flow)
    else:
        require_marks(land, bare, flow)
    require_marks(land, bare.selectExpr("*", "map('a', 'b') as _cast_errors"), flow)
