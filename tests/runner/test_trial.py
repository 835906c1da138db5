"""The cases of tests.yml, run for real: what passes, what differs and how it is told."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.stages import HubSource, Read
from lakemesh.runner import product
from lakemesh.runner.flows import run_flow
from lakemesh.runner.trial import _moved_read, run_cases
from lakemesh.spec.inputs import EventHub
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.stages import Flow, Plan
    from lakemesh.runner.trial import CaseReport
    from lakemesh.spec.loader import Mesh

MESH = "tenant: tests\ndomains: {shop: {owner: Shop data}}\n"
ENVIRONMENT = "platform: local\nlakehouse: lakehouse\nhubs: {shop: {transport: capture, path: capture}}\n"
PRODUCT = """apiVersion: lakemesh/v1
kind: DataProduct
name: things
domain: shop
inputPorts:
  events: {kind: eventhub, hub: things, schema: {id: string, amount: int, at: timestamp}}
transformations:
  stamped: {kind: derive, from: events, columns: {seen: current_date()}}
outputPorts:
  things:
    from: stamped
    write: merge
    keys: [id]
    sequenceBy: [at]
    schema: {id: string, amount: int, at: timestamp, seen: date}
    quality:
      - expect_column_values_to_be_between: {column: amount, min_value: 0}
        name: not_negative
        onFailure: quarantine
      - expect_column_values_to_not_be_in_set: {column: id, value_set: [stop]}
        name: never_stop
        onFailure: fail
"""
CASES = """
- name: right
  clock: 2026-02-03T04:05:06Z
  tables: {things: [{id: a, amount: 1, at: 2026-01-02T00:00:00Z}]}
  given:
    events:
      - {id: a, amount: 2, at: 2026-01-01T00:00:00Z}
      - {id: b, amount: 3, at: 2026-01-01T00:00:00+01:00}
      - {id: c, amount: -3, at: 2026-01-01T00:00:00Z}
      - "{broken"
  expect:
    things: [{id: b, amount: 3, at: 2025-12-31T23:00:00Z, seen: 2026-02-03}, {id: a, amount: 1}]
    things__quarantine: [{id: c, failed_rules: [not_negative]}]
    events__rejected: [{reason: not valid JSON, raw: "{broken"}]
- name: wrong
  given: {events: [{id: a, amount: 1, at: 2026-01-01T00:00:00Z}]}
  expect:
    things: [{id: a, amount: 2}]
    things__quarantine: [{id: z}]
- name: stops
  given: {events: [{id: stop, amount: 1, at: 2026-01-01T00:00:00Z}]}
  expect: {things: []}
  expectFailure: broke never_stop
- name: stops otherwise
  given: {events: [{id: stop, amount: 1, at: 2026-01-01T00:00:00Z}]}
  expectFailure: the moon
- name: does not stop
  given: {events: []}
  expectFailure: broke never_stop
- name: no such table
  given: {events: []}
  expect: {thing: []}
"""


def made_mesh(root: Path, spec: str, cases: str) -> Mesh:
    """A mesh of one product with its cases."""
    files = {
        "conf/mesh.yml": MESH,
        "conf/environments/local.yml": ENVIRONMENT,
        "bundles/shop/things/product.yml": spec,
        "bundles/shop/things/tests.yml": cases,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return load_mesh(root).require()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> dict[str, CaseReport]:
    """How each case went."""
    root = tmp_path_factory.mktemp("trial")
    mesh = made_mesh(root, PRODUCT, CASES)
    with pytest.MonkeyPatch.context() as patch:
        scratch = tmp_path_factory.mktemp("scratch")
        patch.setattr(tempfile, "tempdir", str(scratch))
        found = {report.case: report for report in run_cases(mesh, parse_product("shop.things"), spark)}
    assert not list(scratch.glob("lakemesh-trial-*"))
    assert not (root / "lakehouse").exists()
    return found


def test_a_case_that_holds_passes_on_every_table(reports: dict[str, CaseReport]) -> None:
    assert reports["right"].passed, reports["right"]
    assert not reports["right"].differences


def test_a_case_that_does_not_hold_shows_what_is_missing_and_what_nobody_expected(
    reports: dict[str, CaseReport],
) -> None:
    report = reports["wrong"]
    assert not report.passed
    things, quarantine = report.differences
    assert (things.missing, things.unexpected) == (({"id": "a", "amount": 2},), ({"id": "a", "amount": 1},))
    assert (quarantine.table, quarantine.missing, quarantine.unexpected) == (
        "things__quarantine",
        ({"id": "z"},),
        (),
    )


def test_a_table_that_is_none_is_said_with_the_known_ones(reports: dict[str, CaseReport]) -> None:
    assert not reports["no such table"].passed
    assert "'thing' under expect is not part of the product" in reports["no such table"].message
    assert "things__quarantine" in reports["no such table"].message


def test_a_case_may_expect_a_failure_and_says_how_the_run_ended_otherwise(
    reports: dict[str, CaseReport],
) -> None:
    assert reports["stops"].passed, reports["stops"]
    assert not reports["stops otherwise"].passed
    told = reports["stops otherwise"].message
    assert told.startswith("expected to fail: the moon; failed: shop.things, flow 'events', batch 0: ")
    assert "broke never_stop" in told
    assert reports["does not stop"].message == (
        "the run succeeded, and the case expects it to fail: broke never_stop"
    )


TWO = """apiVersion: lakemesh/v1
kind: DataProduct
name: things
domain: shop
inputPorts:
  first: &port {kind: blob, path: data/first, schema: {id: string}}
  second: *port
transformations:
  both: {kind: union, from: [first, second]}
outputPorts:
  things: {from: both, write: append, schema: {id: string}}
"""
GIVEN = """
- {name: one, given: {second: [{id: a}]}, expect: {things: [{id: a}]}}
- {name: none, given: {second: []}, expect: {things: []}}
- {name: two, given: {first: [{id: a}], second: [{id: b}]}, expect: {things: [{id: a}, {id: b}]}}
"""


def test_a_flow_to_which_a_case_gives_nothing_is_not_begun(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def noted(plan: Plan, flow: Flow, *rest: Any) -> bool:
        begun.append(flow.name)
        return run_flow(plan, flow, *rest)

    monkeypatch.setattr(product, "run_flow", noted)
    reports = run_cases(made_mesh(tmp_path, TWO, GIVEN), parse_product("shop.things"), spark)
    assert [(report.case, report.message, report.passed) for report in reports] == [
        (name, "", True) for name in ("one", "none", "two")
    ]
    assert begun == ["second", "first", "first", "second"]


GONE = """apiVersion: lakemesh/v1
kind: DataProduct
name: things
domain: shop
inputPorts:
  events: {kind: blob, path: data, schema: {id: string, seq: int, gone: boolean}}
outputPorts:
  things:
    from: events
    write: merge
    keys: [ID]
    sequenceBy: [Seq]
    deleteWhen: gone
    schema: {id: string, seq: int, gone: boolean}
"""
DELETED = """
- name: what was deleted before stays so
  tables: {things: [{id: a, seq: 1}, {id: b, seq: 1}], things__tombstones: [{id: c, seq: 5}]}
  given: {events: [{id: a, seq: 2, gone: true}, {id: c, seq: 4}, {id: d, seq: 4}]}
  expect:
    things: [{id: b, seq: 1}, {id: d, seq: 4}]
    things__tombstones: [{id: c, seq: 5, run: null}, {id: a, seq: 2, flow: events}]
"""


def test_tombstones_may_be_there_before(spark: SparkSession, tmp_path: Path) -> None:
    (report,) = run_cases(made_mesh(tmp_path, GONE, DELETED), parse_product("shop.things"), spark)
    assert report.passed, report


def test_a_case_gives_text_to_a_hub_that_is_read_itself(tmp_path: Path) -> None:
    said = {"kind": "eventhub", "hub": "h", "schema": {"a": "int"}, "startFrom": "latest"}
    packed = {**said, "format": "avro", "avroSchema": "a.avsc", "compression": "gzip"}
    port, hub = EventHub.model_validate(packed), HubSource.model_validate({"credential": {"secret": "a/b"}})
    moved = _moved_read(Read(name="in", mode="batch", port=port, hub=hub, avro="{}"), tmp_path)
    assert (moved.hub, moved.avro, moved.port.compression) == (None, None, "none")
    assert moved.paths == (f"{tmp_path}/given/in/namespace/h",)
