from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.plan.excerpts import cut_to, plan_for
from lakemesh.plan.validate import validate
from lakemesh.scaffold import init_mesh
from lakemesh.spec.loader import Mesh, load_mesh

ORDERS = ProductName("shop", "orders")
MORE = """
  other: {kind: blob, path: data/other, schema: {a: int}}

transformations:
  unread: {kind: select, from: files, columns: [id]}
  apart: {kind: filter, from: other, where: nothing > 1}
  counted: {kind: aggregate, from: files, by: [id], columns: {n: count(*)}}
"""


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    init_mesh(tmp_path / "mesh")
    file = tmp_path / "mesh/bundles/shop/orders/product.yml"
    text = file.read_text(encoding="utf-8").replace("\ntransformations:\n", MORE)
    file.write_text(text, encoding="utf-8")
    return load_mesh(tmp_path / "mesh").require()


def test_only_what_a_view_needs_is_left(mesh: Mesh) -> None:
    cut = cut_to(mesh, ORDERS, "cleaned").get(ORDERS)
    assert (list(cut.spec.transformations), list(cut.spec.input_ports)) == (["cleaned"], ["files"])
    assert (cut.spec.output_ports, cut.cases) == ({}, ())
    port = cut_to(mesh, ORDERS, "other").get(ORDERS).spec
    assert (port.transformations, list(port.input_ports)) == ({}, ["other"])


def test_what_is_wrong_elsewhere_is_no_hindrance(mesh: Mesh) -> None:
    assert validate(mesh)
    assert validate(cut_to(mesh, ORDERS, "unread"), [ORDERS]) == ()
    assert validate(cut_to(mesh, ORDERS, "counted"), [ORDERS]) == ()  # a preview has no batches
    (finding,) = validate(cut_to(mesh, ORDERS, "apart"), [ORDERS])
    assert "nothing" in finding.message


def test_the_plan_ends_at_the_view(mesh: Mesh) -> None:
    for view, steps in (("unread", ["unread"]), ("files", [])):
        (flow,) = plan_for(cut_to(mesh, ORDERS, view), ORDERS, view).flows
        assert ([step.name for step in flow.steps], [read.name for read in flow.reads]) == (steps, ["files"])


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("cleand", r"Known: files, other, .*Did you mean 'cleaned'\?"),
        ("orders", r"'orders' is an output port, written from 'cleaned': preview shop\.orders\.cleaned\."),
    ],
)
def test_no_such_view(mesh: Mesh, view: str, said: str) -> None:
    with pytest.raises(CallError, match=said):
        cut_to(mesh, ORDERS, view)
