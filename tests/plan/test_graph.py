from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemesh.errors import LakemeshError
from lakemesh.names import ProductName, parse_product
from lakemesh.plan.graph import (
    code_of,
    dependencies,
    downstreams,
    find_cycle,
    in_order,
    inputs_of,
    reachable_inputs,
    sorted_steps,
    step_order,
    step_reads,
    upstreams,
)
from lakemesh.spec.loader import Mesh, Product, load_mesh

BASE = Path(__file__).parent.parent / "cases" / "validate" / "base"
ORDERS, DAILY, CUSTOMERS = (parse_product(name) for name in ("shop.orders", "shop.daily", "crm.customers"))
Rewritten = Callable[..., Mesh]


@pytest.fixture
def rewritten(tmp_path: Path) -> Rewritten:
    """The base mesh with a text of a product's file replaced."""

    def rewrite(product: str = "", old: str = "", new: str = "") -> Mesh:
        root = Path(shutil.copytree(BASE, tmp_path / "mesh"))
        if product:
            file = root / "bundles" / product / "product.yml"
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        mesh = load_mesh(root).mesh
        assert mesh is not None
        return mesh

    return rewrite


@pytest.fixture
def mesh(rewritten: Rewritten) -> Mesh:
    return rewritten()


@pytest.fixture
def orders(mesh: Mesh) -> Product:
    return mesh.get(ORDERS)


def test_products_and_what_they_read(mesh: Mesh) -> None:
    assert dependencies(mesh, DAILY) == (ORDERS,)
    assert upstreams(mesh, DAILY) == (CUSTOMERS, ORDERS)
    assert downstreams(mesh, CUSTOMERS) == (DAILY, ORDERS)
    assert downstreams(mesh, DAILY) == ()


def test_products_come_after_what_they_read(mesh: Mesh) -> None:
    assert in_order(mesh) == (CUSTOMERS, ORDERS, DAILY)
    assert in_order(mesh, {DAILY, CUSTOMERS}) == (CUSTOMERS, DAILY)


def test_products_that_read_each_other_have_no_order(rewritten: Rewritten) -> None:
    mesh = rewritten(
        "crm/customers",
        "outputPorts:",
        "  o: {kind: product, product: shop.daily, port: daily, version: 1}\noutputPorts:",
    )
    with pytest.raises(
        LakemeshError, match=r"circle: crm.customers -> shop.daily -> shop.orders -> crm.customers"
    ):
        in_order(mesh)


def test_unknown_products_are_named_and_not_followed(rewritten: Rewritten) -> None:
    mesh = rewritten("shop/daily", "product: shop.orders", "product: shop.nothing")
    assert dependencies(mesh, DAILY) == (ProductName("shop", "nothing"),)
    assert upstreams(mesh, DAILY) == ()
    assert DAILY in in_order(mesh)


def test_what_steps_read(orders: Product) -> None:
    assert step_reads(orders, "flat") == ("typed", "customers")
    assert step_reads(orders, "known") == ("flat", "customers")
    assert step_reads(orders, "articles") == ("lines",)


def test_steps_come_after_what_they_read_and_lead_to_an_output(rewritten: Rewritten) -> None:
    steps = ("unused", "events"), ("early", "typed")
    step = "".join(f"  {name}: {{kind: drop, from: {view}, columns: lines}}\n" for name, view in steps)
    mesh = rewritten("shop/orders", "transformations:\n", "transformations:\n" + step)
    product = mesh.get(ORDERS)
    assert sorted_steps(product)[:4] == ("unused", "parsed", "typed", "early")
    assert step_order(product) == ("parsed", "typed", "flat", "known", "lines", "articles", "safe", "ranked")


def test_inputs_that_lead_to_an_output(orders: Product) -> None:
    assert reachable_inputs(orders) == ("events", "exports", "customers")
    assert inputs_of(orders, "articles") == ("exports",)
    assert inputs_of(orders, "events") == ("events",)


def test_the_code_of_steps(orders: Product) -> None:
    assert (code_of(orders, "flat") or "").startswith("-- One row for each order.")
    assert (code_of(orders, "articles") or "").startswith("select order_id, place,")
    assert (code_of(orders, "ranked") or "").startswith("def rank(")
    assert code_of(orders, "typed") is None


NODES = st.integers(0, 6)


@given(edges=st.dictionaries(NODES, st.lists(NODES, max_size=4), max_size=7))
def test_a_circle_is_found_where_there_is_one(edges: dict[int, list[int]]) -> None:
    circle = find_cycle(edges)
    reach = {node: set(reads) for node, reads in edges.items()}
    for _ in range(8):
        reach = {
            node: known.union(*(reach.get(one, set()) for one in known)) for node, known in reach.items()
        }
    assert (circle is not None) == any(node in known for node, known in reach.items())
    if circle is not None:
        assert circle[0] == circle[-1]
        assert all(reads in edges[node] for node, reads in pairwise(circle))


def test_a_long_chain_needs_no_deep_stack() -> None:
    assert find_cycle({node: [node + 1] for node in range(5000)}) is None
    assert find_cycle({node: [(node + 1) % 5000] for node in range(5000)}) is not None
