from pathlib import Path

import pytest

from lakemesh.cli.select import one_product, products_in, select_products
from lakemesh.errors import CallError, SpecError
from lakemesh.names import ProductName
from lakemesh.scaffold import add_domain, add_product
from lakemesh.spec.loader import load_mesh

ALL = "cart.carts cart.sums shop.lines shop.orders"
READS = """
inputPorts:
  {port}: {{kind: product, product: {product}, port: {port}, version: 1, read: appends}}
"""


@pytest.fixture
def mesh(root: Path) -> Path:
    """Four products: cart.sums reads cart.carts, which reads shop.lines, which reads shop.orders."""
    add_domain(root, "cart")
    for name, reads in (
        ("shop.lines", "shop.orders"),
        ("cart.carts", "shop.lines"),
        ("cart.sums", "cart.carts"),
    ):
        domain, _, own = name.partition(".")
        add_product(load_mesh(root).require(), ProductName(domain, own))
        file = root / "bundles" / domain / own / "product.yml"
        head, _, rest = file.read_text(encoding="utf-8").partition("inputPorts:\n")
        port = READS.format(product=reads, port=reads.partition(".")[2]).strip("\n")
        file.write_text(f"{head}{port}\n\n{rest[rest.index('transformations:') :]}", encoding="utf-8")
    return root


def chosen(root: Path, *words: str) -> str:
    return " ".join(map(str, select_products(load_mesh(root), root, words)))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ALL),
        (["shop.orders"], "shop.orders"),
        (["shop.orders", "cart.carts", "shop.orders"], "cart.carts shop.orders"),
        (["shop.*"], "shop.lines shop.orders"),
        (["shop.*", "cart.*"], ALL),
        (["+cart.carts"], "cart.carts shop.lines shop.orders"),
        (["cart.carts+"], "cart.carts cart.sums"),
        (["+shop.lines+"], ALL),
        (["+shop.orders"], "shop.orders"),
        (["shop.*+"], ALL),
        (["+cart.carts", "cart.sums"], ALL),
    ],
)
def test_products_are_selected_once_and_in_order(mesh: Path, words: list[str], wanted: str) -> None:
    assert chosen(mesh, *words) == wanted


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("shop.order", "Did you mean 'shop.orders'?"),
        ("orders", "Did you mean 'shop.orders'?"),
        ("shop", r"Did you mean 'shop\.\*'?"),
        ("shpo.*", r"Did you mean 'shop\.\*'?"),
        ("a.b.c", "there is no product 'a.b.c'"),
        ("", "there is no product ''"),
        ("*", "All products are meant where none is selected; with run, by --all"),
        ("+", "there is no product ''"),
        ("+shop.order", r"no product 'shop\.order'\. Known: shop\.orders\. Did you mean 'shop\.orders'\?"),
        ("orders+", r"Did you mean 'shop\.orders'\?"),
    ],
)
def test_what_names_nothing_is_refused(root: Path, word: str, said: str) -> None:
    with pytest.raises(CallError, match=said):
        chosen(root, word)


def test_what_cannot_be_read_hides_no_upstream(mesh: Path) -> None:
    (mesh / "bundles/shop/lines/product.yml").write_text("a: [", encoding="utf-8")
    assert chosen(mesh, "+cart.carts") == "cart.carts shop.lines"
    assert chosen(mesh, "shop.lines") == "shop.lines"
    with pytest.raises(SpecError, match=r"shop/lines/product\.yml"):
        chosen(mesh, "+shop.lines")
    (mesh / "conf/mesh.yml").write_text("tenant: 1\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"conf/mesh\.yml"):
        chosen(mesh, "cart.carts+")


def test_products_are_known_by_their_folders(root: Path) -> None:
    assert products_in(root) == (ProductName("shop", "orders"),)
    assert one_product(root, "shop.orders") == ProductName("shop", "orders")
    for word in ("shop.*", "+shop.orders"):
        with pytest.raises(CallError, match="may be several"):
            one_product(root, word)
