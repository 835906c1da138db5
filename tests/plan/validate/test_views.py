from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.validate.frames import UNKNOWN, Frame
from lakemesh.plan.validate.review import Review
from lakemesh.plan.validate.views import port_frame, study_views
from lakemesh.spec.loader import load_mesh
from lakemesh.spec.types import Primitive


@pytest.fixture
def review(base: Path) -> Review:
    mesh = load_mesh(base).require()
    customers = Frame((("customer_id", Primitive("string")), ("country", Primitive("string"))))
    reviewed = Review(mesh, mesh.get(parse_product("shop.orders")), lambda name, port: customers)
    study_views(reviewed)
    return reviewed


def said(frame: Frame) -> str:
    return ", ".join(f"{name} {kind.ddl if kind else '?'}" for name, kind in frame.data)


def test_inputs_bring_their_columns_and_metadata(review: Review) -> None:
    assert [name for name, _ in review.frame("events").metadata] == ["_source", "_rescued_data"]
    assert [name for name, _ in review.frame("customers").metadata] == []
    assert said(review.frame("customers")) == "customer_id string, country string"


def test_every_step_has_its_frame(review: Review) -> None:
    assert review.findings == []
    assert (
        review.frame("typed").type_of("amount")
        == review.product.columns(review.product.spec.output_ports["orders"].schema_)[1].data_type
    )  # type: ignore[index]
    assert [name for name, _ in review.frame("typed").metadata] == [
        "_source",
        "_rescued_data",
        "_cast_errors",
    ]
    assert said(review.frame("articles")) == "order_id string, place int, sku string, updated_at timestamp"
    assert review.frame("flat").names == (
        "order_id",
        "amount",
        "customer_id",
        "email",
        "pieces",
        "path",
        "updated_at",
    )
    assert review.frame("known") == review.frame("flat")
    assert review.frame("ranked") == UNKNOWN
    assert review.frame("nothing") == UNKNOWN


def test_what_consumers_see_of_a_port(review: Review) -> None:
    assert port_frame(review, "ranks").names == ("order_id", "rank")
    assert port_frame(review, "nothing") == UNKNOWN


def test_a_step_named_like_an_input_does_not_hide_it(find: Any) -> None:
    # Its finding is in wrong.yml; here: nothing else follows from it.
    found = find(
        (
            "product",
            "  parsed: {kind",
            "  customers: {kind: drop, from: events, columns: amount}\n  parsed: {kind",
        )
    )
    assert [one.code for one in found] == ["duplicate-name"]


def test_what_is_too_deep_to_be_read_is_said_and_what_is_long_is_not(find: Any) -> None:
    deep = "(" * 200 + "amount" + ")" * 200
    (one,) = find(("daily", "{day: to_date(updated_at)}", f'{{day: to_date(updated_at), deep: "{deep}"}}'))
    assert one.message == "no valid SQL: nested too deep to be read: split it into steps"


def test_what_is_long_is_read(find: Any) -> None:
    long = " + ".join(["1"] * 1500)
    assert (
        find(("daily", "{day: to_date(updated_at)}", f'{{day: to_date(updated_at), long: "{long}"}}')) == []
    )
