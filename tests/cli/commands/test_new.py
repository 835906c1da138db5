from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_a_domain_and_a_product_more(in_mesh: Call) -> None:
    assert in_mesh("new", "domain", "sales").code == 0
    said = in_mesh("new", "product", "sales.invoices")
    assert said.code == 0
    assert "run sales.invoices" in said.out
    assert in_mesh("validate").out == "2 products, no findings\n"


def test_a_product_needs_a_domain(in_mesh: Call) -> None:
    said = in_mesh("new", "product", "invoices")
    assert said.code == 2
    assert "'invoices' is no product name" in said.err
