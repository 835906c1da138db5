from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.plan.stages import Plan

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_the_stages_are_printed(in_mesh: Call) -> None:
    said = in_mesh("plan", "shop.orders")
    assert said.code == 0
    assert "write  orders: merge cleaned, by id, newest updated_at wins" in said.out


def test_the_plan_as_data_is_the_plan(in_mesh: Call) -> None:
    plan = Plan.model_validate_json(in_mesh("plan", "shop.orders", "-o", "json").out)
    assert plan.product == "shop.orders"


def test_an_unknown_product(in_mesh: Call) -> None:
    said = in_mesh("plan", "shop.order")
    assert said.code == 2
    assert "Did you mean 'shop.orders'?" in said.err


def test_an_unknown_environment(in_mesh: Call) -> None:
    said = in_mesh("plan", "shop.orders", "--env", "lokal")
    assert said.code == 2
    assert "Did you mean 'local'?" in said.err
