from pathlib import Path

import pytest

from lakemesh.cli.call import Call
from lakemesh.cli.sound import sound_products
from lakemesh.errors import CallError, SpecError
from lakemesh.names import ProductName


def test_products_without_findings(root: Path) -> None:
    mesh, names = sound_products(Call(root), (), "local")
    assert names == mesh.names == (ProductName("shop", "orders"),)


def test_findings_of_validate_count_too(root: Path) -> None:
    file = root / "bundles/shop/orders/transforms/cleaned.sql"
    file.write_text("select nothing from files", encoding="utf-8")
    with pytest.raises(SpecError, match=r"cleaned\.sql:1:8"):
        sound_products(Call(root), ["shop.orders"], "local")


def test_a_word_that_names_nothing(root: Path) -> None:
    with pytest.raises(CallError):
        sound_products(Call(root), ["nothing"], "local")


def test_a_mesh_without_a_product(root: Path) -> None:
    (root / "bundles").rename(root / "elsewhere")
    with pytest.raises(CallError, match=r"no product in this mesh yet: .* new product DOMAIN\.NAME"):
        sound_products(Call(root), (), "local")


@pytest.mark.parametrize("text", ["- name: one\n  given: {nothing: []}\n", "- nam: one\n", "- [torn\n"])
def test_what_is_wrong_with_cases_stops_no_run(root: Path, text: str) -> None:
    (root / "bundles/shop/orders/tests.yml").write_text(text, encoding="utf-8")
    _, names = sound_products(Call(root), ["shop.orders"], "local")
    assert names == (ProductName("shop", "orders"),)
    with pytest.raises(SpecError, match=r"tests\.yml:\d+:\d+"):
        sound_products(Call(root), ["shop.orders"], "local", cases=True)
