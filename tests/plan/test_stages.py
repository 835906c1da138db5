"""A plan is plain data: it goes to JSON and back, and pickles."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from lakemesh.plan.stages import Plan

BODY = """
inputPorts:
  in: {kind: blob, path: in, schema: {id: bigint, total: string}}
transformations:
  typed: {kind: cast, from: in, columns: {total: "decimal(12,2)"}}
  asked: {sql: "select id, total from typed"}
outputPorts:
  out:
    kind: delta
    from: asked
    write: merge
    keys: [id]
    quality: [{expect_column_values_to_not_be_null: {column: total}}]
"""


def test_a_plan_goes_to_json_and_back(compiled: Callable[..., Plan]) -> None:
    plan = compiled(BODY)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_a_plan_is_frozen_and_closed(compiled: Callable[..., Plan]) -> None:
    plan = compiled(BODY)
    with pytest.raises(ValidationError):
        plan.product = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Plan.model_validate({**plan.model_dump(), "more": 1})


def test_what_a_stage_knows_of_itself(compiled: Callable[..., Plan]) -> None:
    plan = compiled(BODY)
    (flow,) = plan.flows
    read = flow.read("in")
    assert (str(plan.name), read.is_json, read.is_table) == ("shop.orders", True, False)
    assert read.paths[0].endswith("/in")
    assert read.rejected is not None
    assert read.rejected.name == "shop.orders.in__rejected"
