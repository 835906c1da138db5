"""A product and its environment into a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.spec.loader import load_mesh
from lakemesh.spec.outputs import Merge

if TYPE_CHECKING:
    from lakemesh.plan.stages import Plan

SCHEMA = "schema: {id: bigint, seq: bigint, v: string}"
BODY = f"""
description: {{purpose: Orders as they stand.}}
inputPorts:
  events: {{kind: eventhub, hub: shop-orders, {SCHEMA}}}
  exports: {{kind: blob, path: "${{landing.shop}}/in/", {SCHEMA}}}
  unused: {{kind: blob, path: nowhere, {SCHEMA}}}
transformations:
  all: {{kind: union, from: [events, exports]}}
  typed: {{kind: cast, from: all, columns: {{v: int}}, onError: null}}
  hidden: {{kind: pseudonymise, from: typed, columns: [v], salt: {{secret: shop/salt}}}}
  asked:
    sql: |
      select id, seq, v,
             now() as at
      from hidden
outputPorts:
  out:
    kind: delta
    from: asked
    write: merge
    keys: [id]
    clusterBy: [id]
    properties: {{delta.logRetentionDuration: interval 90 days, delta.appendOnly: false}}
"""
SNAPSHOT = """
inputPorts:
  orders: {kind: product, product: shop.orders, port: out}
transformations:
  asked: {sql: asked.sql}
outputPorts:
  out: {kind: delta, from: asked, write: overwrite, description: Asked.}
"""


def test_a_flow_for_each_incremental_input_that_is_used(
    compiled: Callable[..., Plan], tmp_path: Path
) -> None:
    plan = compiled(BODY, version="2.1.0")
    assert [(flow.name, flow.input) for flow in plan.flows] == [("events", "events"), ("exports", "exports")]
    events, exports = plan.flows
    assert {read.name: read.mode for read in events.reads} == {"events": "batch", "exports": "empty"}
    assert {read.name: read.mode for read in exports.reads} == {"events": "empty", "exports": "batch"}
    assert events.read("events").paths == (f"{tmp_path}/capture/*/shop-orders",)
    assert exports.read("exports").paths == (f"{tmp_path}/data/in",)
    assert (plan.product, plan.version, plan.environment, plan.time_zone) == (
        "shop.orders",
        "2.1.0",
        "local",
        "UTC",
    )


def test_steps_and_where_their_code_stands(compiled: Callable[..., Plan]) -> None:
    flow = compiled(BODY).flows[0]
    assert [step.name for step in flow.steps] == ["all", "typed", "hidden", "asked"]
    asked = flow.steps[-1]
    text = (Path("bundles/shop/orders") / "product.yml").as_posix()
    assert (asked.file, asked.reads, asked.keeps_rows, asked.product) == (
        text,
        ("hidden",),
        True,
        "shop.orders",
    )
    assert asked.code is not None
    assert asked.code.startswith("select id, seq, v,\n")
    assert [step.keeps_rows for step in flow.steps] == [False, True, True, True]


def test_the_line_of_code_is_that_of_its_file(compiled: Callable[..., Plan], tmp_path: Path) -> None:
    asked = compiled(BODY).flows[0].steps[-1]
    lines = (tmp_path / (asked.file or "")).read_text().splitlines()
    assert lines[asked.line - 1].strip() == "select id, seq, v,"


def test_what_an_output_is(compiled: Callable[..., Plan]) -> None:
    (land,) = compiled(BODY, version="2.1.0").flows[0].outputs
    assert (land.table.name, land.quarantine.name) == ("shop.orders.out_v2", "shop.orders.out_v2__quarantine")
    assert land.columns is None
    assert land.comment == "Orders as they stand."
    assert land.cast_rules == (("typed", "v", "null"),)
    assert land.properties == {
        "delta.enableChangeDataFeed": "true",
        "lakemesh.product": "shop.orders",
        "lakemesh.version": "2.1.0",
        "delta.logRetentionDuration": "interval 90 days",
        "delta.appendOnly": "false",
        "lakemesh.properties": "delta.logRetentionDuration,delta.appendOnly",
    }


def test_secrets_are_named_and_a_merge_by_arrival_is_told(compiled: Callable[..., Plan]) -> None:
    plan = compiled(BODY)
    assert plan.secrets == ("shop/salt",)
    assert plan.notes == ("output 'out' has no sequenceBy: of two rows with one key, the later arrival wins",)


def test_snapshots_alone_make_one_flow(compiled: Callable[..., Plan]) -> None:
    compiled(BODY, version="3.0.0")
    plan = compiled(SNAPSHOT, name="asked", **{"asked.sql": "select id from orders"})
    (flow,) = plan.flows
    (read,) = flow.reads
    assert (flow.name, flow.input, read.mode) == ("snapshot", None, "snapshot")
    assert read.table is not None
    assert read.table.name == "shop.orders.out_v3"
    assert (flow.steps[0].file, flow.steps[0].line) == ("bundles/shop/asked/asked.sql", 1)
    assert flow.outputs[0].comment == "Asked."
    assert plan.clock is None


def test_the_clock_of_an_environment(compiled: Callable[..., Plan], tmp_path: Path) -> None:
    compiled(BODY)
    environment = tmp_path / "conf/environments/local.yml"
    environment.write_text(environment.read_text() + "clock: 2026-01-02T00:00:00+01:00\n")
    assert compiled(BODY).clock == "2026-01-02T00:00:00+01:00"


def test_a_product_that_is_not_there(compiled: Callable[..., Plan], tmp_path: Path) -> None:
    compiled(BODY)
    with pytest.raises(CallError, match=r"shop\.ordres"):
        compile_plan(load_mesh(tmp_path).require(), ProductName("shop", "ordres"))


FED = """
inputPorts:
  up: {kind: product, product: shop.orders, port: out, read: changes}
  in:
    kind: blob
    path: "${landing.shop}/in"
    schema: {ref: row}
    quality: [{expect_column_values_to_not_be_null: {column: id}, onFailure: drop}]
schemas:
  row:
    - {name: id, logicalType: integer, quality: [{expect_column_values_to_be_unique: {}, onFailure: fail}]}
outputPorts:
  copy: {kind: delta, from: up, write: merge, keys: [id], sequenceBy: [_commit_version], schema: {id: int}}
  rows: {kind: delta, from: in, write: append SCHEMA}
"""


def test_an_output_that_takes_a_change_feed_keeps_its_version(compiled: Callable[..., Plan]) -> None:
    compiled(BODY)
    (land, _) = compiled(FED.replace(" SCHEMA", ""), name="fed").flows[0].outputs
    assert [column.name for column in land.columns or ()] == ["id", "_upstream_version"]
    assert isinstance(land.port, Merge)
    assert (land.port.sequence_by, land.port.delete_when) == (
        ("_upstream_version",),
        "_change_type = 'delete'",
    )


def test_the_rules_of_an_input_are_its_own_unless_an_output_has_its_schema(
    compiled: Callable[..., Plan],
) -> None:
    compiled(BODY)
    plan = compiled(FED.replace(" SCHEMA", ""), name="fed")
    read = plan.flows[1].read("in")
    assert [rule.on_failure for rule in read.rules] == ["fail", "drop"]
    assert (read.staged, plan.flows[0].read("up").rejected) == (True, None)
    shared = compiled(FED.replace(" SCHEMA", ", schema: {ref: row}"), name="fed").flows[1].read("in")
    assert [rule.on_failure for rule in shared.rules] == ["drop"]
    assert not shared.staged
