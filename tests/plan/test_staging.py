"""Which frames a flow keeps, on plans compiled from the shipped mesh and from small ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.stages import Plan
from lakemesh.plan.staging import decided_by_row
from lakemesh.spec.expectations import Rule
from lakemesh.spec.loader import load_mesh

BASE = Path(__file__).parent.parent / "cases" / "validate" / "base"
Compiled = Callable[..., Plan]


@pytest.fixture
def compiled(tmp_path: Path) -> Compiled:
    """The plan of shop.orders after texts of its spec were replaced."""

    def compile_(*changes: tuple[str, str]) -> Plan:
        root = Path(shutil.copytree(BASE, tmp_path / "mesh"))
        file = root / "bundles" / "shop" / "orders" / "product.yml"
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
        return compile_plan(load_mesh(root).require(), parse_product("shop.orders"))

    return compile_


def staged(plan: Plan, flow: str) -> set[str]:
    found = next(one for one in plan.flows if one.name == flow)
    return {stage.name for stage in (*found.reads, *found.steps) if stage.staged}


def test_what_two_read_and_what_python_makes_is_kept(compiled: Compiled) -> None:
    plan = compiled()
    assert staged(plan, "events") == {"safe", "ranked"}
    assert staged(plan, "exports") == {"exports", "safe", "ranked"}


def test_what_can_have_no_row_is_not_kept(compiled: Compiled) -> None:
    flow = next(one for one in compiled().flows if one.name == "events")
    assert {step.name for step in flow.steps if step.empty} == {"lines", "articles"}


def test_a_rule_that_may_fail_gates_several_outputs(compiled: Compiled) -> None:
    regex = 'regex: "^[A-Z]+-[0-9]+$"}\n'
    plan = compiled((regex, f"{regex}        onFailure: fail\n"))
    assert all(flow.gated for flow in plan.flows)
    assert all(land.staged for flow in plan.flows for land in flow.outputs)


def test_nothing_is_gated_without_one(compiled: Compiled) -> None:
    assert not any(flow.gated for flow in compiled().flows)


@pytest.mark.parametrize(
    ("rule", "alone"),
    [
        ({"expect_column_values_to_not_be_null": {"column": "a"}}, True),
        ({"expect_column_values_to_not_be_null": {"column": "a", "mostly": 0.9}}, False),
        ({"expect_column_sum_to_be_between": {"column": "a", "min_value": 1}}, False),
        ({"expect_column_values_to_be_unique": {"column": "a"}}, False),
    ],
)
def test_what_one_row_decides(rule: dict[str, object], alone: bool) -> None:
    assert decided_by_row(Rule.model_validate(rule)) is alone


MERGE = "    write: merge\n    keys: [order_id]\n    sequenceBy: [updated_at]\n"


@pytest.mark.parametrize(
    "way",
    [
        MERGE + "    deleteWhen: amount is null\n",
        MERGE.replace("merge", "history"),
        "    write: overwrite\n    by: [order_id]\n    sequenceBy: [updated_at]\n",
    ],
)
def test_a_way_of_writing_that_reads_its_rows_twice_stages_them(compiled: Compiled, way: str) -> None:
    flows = compiled((MERGE, way)).flows
    assert all(land.staged for flow in flows for land in flow.outputs)
    assert not any(flow.gated for flow in flows)
