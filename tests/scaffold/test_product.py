from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.plan.validate import validate
from lakemesh.scaffold import add_domain, add_product, init_mesh
from lakemesh.spec.loader import load_mesh

INVOICES = ProductName("sales", "invoices")


def test_a_new_product_has_no_findings(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    add_domain(tmp_path, "sales")
    made = add_product(load_mesh(tmp_path).require(), INVOICES)
    assert made.files[-1] == "data/landing/sales/invoices/2026-01-05.jsonl"
    mesh = load_mesh(tmp_path).require()
    assert INVOICES in mesh.names
    assert validate(mesh) == ()


@pytest.mark.parametrize(
    ("domain", "name", "said"),
    [
        ("shop", "orders", "bundles/shop/orders is already there"),
        ("shop", "order", "reserved word"),
        ("shopp", "x", "Did you mean 'shop'"),
        ("sales", "x", "lakemesh new domain sales"),
    ],
)
def test_a_product_that_will_not_do(tmp_path: Path, domain: str, name: str, said: str) -> None:
    init_mesh(tmp_path)
    with pytest.raises(CallError, match=said):
        add_product(load_mesh(tmp_path).require(), ProductName(domain, name))


def test_a_domain_without_a_landing_folder_is_told_where_to_say_it(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    add_domain(tmp_path, "sales")
    local = tmp_path / "conf/environments/local.yml"
    local.write_text("platform: local\nlakehouse: l\nlanding: {shop: data/landing/shop}\n", encoding="utf-8")
    with pytest.raises(CallError, match=r"add landing\.sales"):
        add_product(load_mesh(tmp_path).require(), INVOICES)


def test_what_is_already_delivered_is_not_mixed_with_samples(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    add_domain(tmp_path, "sales")
    own = tmp_path / "data/landing/sales/invoices/own.jsonl"
    own.parent.mkdir(parents=True)
    own.touch()
    made = add_product(load_mesh(tmp_path).require(), INVOICES)
    assert len(made.files) == 3
    assert "data/landing/sales/invoices" in made.notes[0]
