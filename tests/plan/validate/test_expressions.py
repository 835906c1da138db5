from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.validate.expressions import (
    read_listed,
    read_name,
    read_order,
    read_row,
    scope_of,
)
from lakemesh.plan.validate.frames import UNKNOWN, Frame
from lakemesh.plan.validate.review import Review
from lakemesh.spec.loader import load_mesh
from lakemesh.spec.types import STRING, Primitive, parse_type

FRAME = Frame(
    (("id", STRING), ("n", Primitive("int")), ("c", parse_type("struct<mail string>")), ("a.b", STRING))
)
SCOPE = scope_of(("v", FRAME))
AT = ("name",)


@pytest.fixture
def review(base: Path) -> Review:
    mesh = load_mesh(base).require()
    return Review(mesh, mesh.get(parse_product("shop.orders")), lambda name, port: UNKNOWN)


def test_names_and_expressions_have_types(review: Review) -> None:
    assert read_row(review, AT, "c.mail", SCOPE) == STRING
    assert read_row(review, AT, "v.n", SCOPE) == Primitive("int")
    assert read_row(review, AT, "n + 1", SCOPE) == Primitive("int")
    assert read_row(review, AT, "true", SCOPE) == Primitive("boolean")
    assert read_listed(review, AT, "c.*", SCOPE) == (("mail", STRING),)
    assert read_listed(review, AT, "upper(id) as up", SCOPE) == (("up", STRING),)
    assert read_name(review, AT, "a.b", FRAME) == STRING
    assert review.findings == []


@pytest.mark.parametrize("order", ["n", "n desc", "n ASC nulls last", "upper(id) desc nulls first", "c.mail"])
def test_orders(review: Review, order: str) -> None:
    read_order(review, AT, order, SCOPE)
    assert review.findings == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "unknown-column"),
        ("c.male", "unknown-field"),
        ("n > x", "unknown-column"),
        ("n >", "sql"),
        ("n, id", "sql"),
        ("sum(n)", "not-here"),
        ("(select 1)", "not-here"),
        ("explode(array(1))", "not-here"),
    ],
)
def test_expressions_that_are_wrong(review: Review, text: str, code: str) -> None:
    read_row(review, AT, text, SCOPE)
    assert [one.code for one in review.findings] == [code]
