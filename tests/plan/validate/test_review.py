from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.validate.frames import UNKNOWN
from lakemesh.plan.validate.review import Review
from lakemesh.plan.validate.scopes import Problem
from lakemesh.spec.loader import load_mesh


@pytest.fixture
def review(base: Path) -> Review:
    mesh = load_mesh(base).require()
    return Review(mesh, mesh.get(parse_product("shop.orders")), lambda name, port: UNKNOWN)


def test_code_has_its_place_in_its_file_or_in_the_spec(review: Review) -> None:
    flat, inline = review.code("flat"), review.code("articles")
    assert flat.place(flat.text.index("customer.email"))[1:] == (12, 33)
    assert flat.file == "bundles/shop/orders/transforms/flat.sql"
    assert inline.place(inline.text.index("line.sku")) == ("bundles/shop/orders/product.yml", 65, 9)


def test_findings_are_gathered(review: Review) -> None:
    review.say(("compute",), "odd", "x", severity="note")
    review.complain(review.scalar(("status",), "active"), Problem(2, "odd too"))
    assert [(str(one), one.severity) for one in review.findings] == [
        ("bundles/shop/orders/product.yml:9:10: odd", "note"),
        ("bundles/shop/orders/product.yml:6:11: odd too", "error"),
    ]
