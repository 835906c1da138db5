"""Where the steps of a recomputed output begin, and which steps only they go through."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.cli.render.plans import plan_lines
from lakemesh.names import parse_product
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.recomputing import batched_views, kept_views, section_of
from lakemesh.spec.loader import load_mesh

BASE = Path(__file__).parent.parent / "cases" / "validate" / "base"


@pytest.fixture
def product() -> Any:
    mesh = load_mesh(BASE).require()
    return next(one for name, one in mesh.products.items() if str(name) == "shop.orders")


def port(view: str) -> Any:
    return SimpleNamespace(from_=view)


def test_a_section_ends_at_the_nearest_view_whose_rows_are_kept(product: Any) -> None:
    section = section_of(product, port("ranked"))
    assert (section.bases, section.steps, section.loose) == ({"ranked": ("ranks",)}, (), ())
    kept = kept_views(product)
    assert kept == {"safe": ("orders",), "articles": ("articles",), "ranked": ("ranks",)}


def test_inputs_whose_rows_nobody_keeps_are_loose(product: Any) -> None:
    section = section_of(product, port("known"))
    assert (section.bases, sorted(section.loose)) == ({}, ["events", "exports"])
    assert section.steps == ("parsed", "typed", "flat", "known")


def test_a_recomputed_output_keeps_no_rows(product: Any) -> None:
    outputs = product.spec.output_ports
    ranks = outputs["ranks"].model_copy(update={"recompute": ("order_id",)})
    spec = product.spec.model_copy(update={"output_ports": {**outputs, "ranks": ranks}})
    changed = replace(product, spec=spec)
    section = section_of(changed, ranks)
    assert (section.base, section.steps) == (("safe", "orders"), ("ranked",))
    assert "ranked" not in batched_views(changed)
    assert {"safe", "exports"} <= batched_views(changed)


def test_the_plan_has_the_groups_behind_the_batch(tmp_path: Path) -> None:
    root = Path(shutil.copytree(BASE, tmp_path / "mesh"))
    file = root / "bundles" / "shop" / "orders" / "product.yml"
    step = "  per_sku: {kind: aggregate, from: articles, by: [sku], columns: {n: count(*)}}\n"
    output = "  skus: {from: per_sku, write: overwrite, recompute: [sku]}\n"
    text = file.read_text(encoding="utf-8").replace("\noutputPorts:\n", f"{step}\noutputPorts:\n{output}")
    file.write_text(text, encoding="utf-8")
    plan = compile_plan(load_mesh(root).require(), parse_product("shop.orders"))
    flow = plan.flow("events")
    ((land, said),) = flow.recomputed
    assert (land.name, said.base, said.view, [step.name for step in said.steps]) == (
        "skus",
        "articles",
        "articles",
        ["per_sku"],
    )
    assert "per_sku" not in {step.name for step in flow.steps}
    assert land.staged and not said.steps[0].empty
    feeds = {one.name: "delta.enableChangeDataFeed" in one.properties for one in flow.outputs}
    assert feeds == {"orders": True, "articles": True, "ranks": False, "skus": False}
    behind = flow.behind(land, said)
    assert ([one.name for one in behind.outputs], behind.reads, behind.input) == (["skus"], (), None)
    lines = "\n".join(plan_lines(plan))
    assert "read   articles: the groups by sku that the batch touched, of output articles, whole" in lines
    assert "write  skus: overwrite per_sku, no other rows of the groups by sku" in lines
