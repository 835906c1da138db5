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
