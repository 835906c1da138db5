from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lakemesh.errors import CallError, SpecError
from lakemesh.names import ProductName
from lakemesh.spec.columns import SchemaRef
from lakemesh.spec.loader import load_mesh

BASE = Path(__file__).parent.parent / "cases" / "validate" / "base"
ORDERS = ProductName("shop", "orders")
SPEC = "bundles/shop/orders/product.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "mesh"))


def rewrite(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8")


def said(root: Path) -> list[str]:
    return [str(one) for one in load_mesh(root).findings]


def test_a_whole_mesh(root: Path) -> None:
    loaded = load_mesh(root)
    mesh = loaded.require()
    assert [str(name) for name in mesh.names] == ["crm.customers", "shop.daily", "shop.orders"]
    product = mesh.get(ORDERS)
    assert set(product.texts) == {"transforms/flat.sql", "transforms/rank.py"}
    assert len(product.cases) == 2
    assert mesh.time_zone(product) == "Europe/Berlin"
    assert product.spec.input_ports["exports"].path == "data/landing/shop/orders/"  # type: ignore[union-attr]


def test_the_columns_of_a_port(root: Path) -> None:
    product = load_mesh(root).require().get(ORDERS)
    whole = product.columns(SchemaRef(ref="order"))
    assert whole is not None
    less = product.columns(SchemaRef(ref="order", without=("lines",), plus=whole[:1]))
    assert less is not None
    assert [column.name for column in less] == ["order_id", "amount", "customer", "updated_at", "order_id"]
    assert product.columns(None) is None
    assert product.columns(SchemaRef(ref="none")) is None


def test_the_rules_of_a_port_are_those_under_its_columns_first(root: Path) -> None:
    product = load_mesh(root).require().get(ORDERS)
    port = product.spec.output_ports["orders"]
    assert [rule.label for rule in product.rules(port)] == [  # type: ignore[arg-type]
        "expect_column_values_to_not_be_null.customer_id",
        "amount_plausible",
        "expect_column_values_to_match_regex.order_id",
    ]


def test_a_schema_in_a_file_of_its_own(root: Path) -> None:
    (root / "bundles/shop/orders/ranks.yml").write_text("order_id: string\nrank: int\n", encoding="utf-8")
    rewrite(root, SPEC, "schema: {order_id: string, rank: int}", "schema: ranks.yml")
    loaded = load_mesh(root)
    assert loaded.findings == ()
    columns = loaded.require().get(ORDERS).columns("ranks.yml")
    assert columns is not None
    assert [column.name for column in columns] == ["order_id", "rank"]


def test_a_broken_schema_file_is_said_there(root: Path) -> None:
    (root / "bundles/shop/orders/ranks.yml").write_text("order_id: strin\n", encoding="utf-8")
    rewrite(root, SPEC, "schema: {order_id: string, rank: int}", "schema: ranks.yml")
    assert said(root) == [
        "bundles/shop/orders/ranks.yml:1:11: 'order_id': 'strin' is no type of Spark. Did you mean 'string'?"
    ]


def test_what_a_mesh_lacks_is_the_calls_fault(root: Path, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="is no mesh"):
        load_mesh(tmp_path)
    with pytest.raises(CallError, match=r"no environment 'locl'\..*Did you mean 'local'"):
        load_mesh(root, "locl")
    with pytest.raises(CallError, match=r"no product 'shop.order'.*Did you mean 'shop.orders'"):
        load_mesh(root).require().get(ProductName("shop", "order"))


def test_all_findings_of_all_files_at_once(root: Path) -> None:
    rewrite(root, "conf/mesh.yml", "contact:", "contakt:")
    rewrite(root, "conf/environments/local.yml", "platform: local", "platform: cloud")
    assert [one.split(": ")[0] for one in said(root)] == [
        "conf/mesh.yml:4:28",
        "conf/environments/local.yml:1:11",
    ]
    rewrite(root, "conf/mesh.yml", "contakt:", "contact:")
    rewrite(root, "conf/environments/local.yml", "platform: cloud", "platform: local")
    rewrite(root, SPEC, "status: active", "stauts: active")
    rewrite(root, "bundles/shop/daily/product.yml", "port: orders", "prt: orders")
    loaded = load_mesh(root)
    assert [one.line for one in loaded.findings] == [6, 6]
    with pytest.raises(SpecError) as error:
        loaded.require()
    assert len(error.value.findings) == 2


def test_what_cannot_be_read_as_text(root: Path) -> None:
    (root / SPEC).write_bytes(b"name: \xff\n")
    assert said(root) == [f"{SPEC}:1:1: not UTF-8 at byte 6: save the file as UTF-8"]


def test_a_file_with_a_byte_order_mark(root: Path) -> None:
    (root / SPEC).write_bytes(b"\xef\xbb\xbf" + (root / SPEC).read_bytes())
    assert said(root) == []


def test_another_environment_to_read_from(root: Path) -> None:
    local = "conf/environments/local.yml"
    text = (root / local).read_text(encoding="utf-8")
    (root / "conf/environments/dev.yml").write_text(f"{text}readFrom: local\n", encoding="utf-8")
    mesh = load_mesh(root, "dev").require()
    assert mesh.fallback == load_mesh(root).require().environment
    (root / "conf/environments/prod.yml").write_text("platform: databricks\n", encoding="utf-8")
    with (root / local).open("a", encoding="utf-8") as file:
        file.write("readFrom: prod\n")
    lines = (root / local).read_text(encoding="utf-8").count("\n")
    assert said(root) == [
        f"{local}:{lines}:11: 'prod' is on the platform databricks, and this environment on local: no session"
        " reads the tables of both"
    ]
    rewrite(root, local, "readFrom: prod", "readFrom: local")
    assert said(root) == [
        f"{local}:{lines}:11: an environment reads what it has run anyway: name another one"
    ]


def test_files_that_look_like_products_and_are_none(root: Path) -> None:
    for path in (
        "bundles/shop/product.yml",
        "bundles/shop/late/product.yaml",
        "bundles/shop/a/b/product.yml",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("kind: DataProduct\n", encoding="utf-8")
        (one,) = load_mesh(root).findings
        assert (one.file, one.code) == (path, "misplaced")
        (root / path).unlink()


def test_an_adopted_contract_is_no_product(root: Path) -> None:
    adopted = root / "bundles/shop/orders/contracts/product.yml"
    adopted.parent.mkdir(parents=True)
    adopted.write_text("kind: DataContract\n", encoding="utf-8")
    assert load_mesh(root).findings == ()


def test_two_products_of_one_name(root: Path) -> None:
    shutil.copytree(root / "bundles/shop/daily", root / "bundles/shop/weekly")
    assert said(root) == [
        "bundles/shop/weekly/product.yml:3:7: the product shop.daily must stand in bundles/shop/daily/"
    ]
