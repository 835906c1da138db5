"""Where the steps of a recomputed output begin, and which steps only they go through."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

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
    from dataclasses import replace

    changed = replace(product, spec=spec)
    section = section_of(changed, ranks)
    assert (section.base, section.steps) == (("safe", "orders"), ("ranked",))
    assert "ranked" not in batched_views(changed)
    assert {"safe", "exports"} <= batched_views(changed)
