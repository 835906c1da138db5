from pathlib import Path

import pytest

from lakemesh.cli.select import one_product, products_in, select_products
from lakemesh.errors import CallError
from lakemesh.names import ProductName

KNOWN = tuple(ProductName(*text.split(".")) for text in ("cart.carts", "checkout.lines", "checkout.orders"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], "cart.carts checkout.lines checkout.orders"),
        (["checkout.orders"], "checkout.orders"),
        (["checkout.orders", "cart.carts", "checkout.orders"], "cart.carts checkout.orders"),
        (["checkout.*"], "checkout.lines checkout.orders"),
        (["checkout.*", "cart.*"], "cart.carts checkout.lines checkout.orders"),
    ],
)
def test_products_are_selected_once_and_in_order(words: list[str], wanted: str) -> None:
    assert " ".join(map(str, select_products(KNOWN, words))) == wanted


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("checkout.order", "Did you mean 'checkout.orders'?"),
        ("orders", "Did you mean 'checkout.orders'?"),
        ("checkout", r"Did you mean 'checkout\.\*'?"),
        ("chekout.*", r"Did you mean 'checkout\.\*'?"),
        ("a.b.c", "there is no product 'a.b.c'"),
        ("", "there is no product ''"),
        ("+checkout.orders", "not built yet"),
        ("checkout.orders+", "not built yet"),
    ],
)
def test_what_names_nothing_is_refused(word: str, said: str) -> None:
    with pytest.raises(CallError, match=said):
        select_products(KNOWN, [word])


def test_products_are_known_by_their_folders(root: Path) -> None:
    assert products_in(root) == (ProductName("shop", "orders"),)
    assert one_product(root, "shop.orders") == ProductName("shop", "orders")
    with pytest.raises(CallError, match="may be several"):
        one_product(root, "shop.*")
