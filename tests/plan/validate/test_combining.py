"""Frames of the steps that combine rows; what they read in vain is in wrong.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from lakemesh.names import parse_product
from lakemesh.plan.validate.combining import combine
from lakemesh.plan.validate.frames import SOURCE, UNKNOWN, Frame
from lakemesh.plan.validate.review import Review
from lakemesh.spec.document import read_document
from lakemesh.spec.loader import load_mesh
from lakemesh.spec.steps import Step
from lakemesh.spec.types import Struct, parse_type

STEP: TypeAdapter[Any] = TypeAdapter(Step)


def frame(ddl: str, *metadata: Any) -> Frame:
    kind = parse_type(f"struct<{ddl}>")
    assert isinstance(kind, Struct)
    return Frame((*kind.fields, *metadata))


VIEWS = {
    "a": frame("id string, n int", ("_source", SOURCE)),
    "b": frame("id string, name string", ("_source", SOURCE)),
    "same": frame("ID string, n bigint"),
    "other": frame("id string, n array<int>"),
    "u": UNKNOWN,
}


@pytest.fixture
def review(base: Path) -> Review:
    mesh = load_mesh(base).require()
    return Review(
        mesh, mesh.get(parse_product("shop.orders")), lambda name, port: UNKNOWN, frames=dict(VIEWS)
    )


def combined(review: Review, text: str) -> str:
    given = combine(review, ("transformations", "x"), STEP.validate_python(read_document("x", text).value))
    known = "" if given.known else ", ..."
    return (
        ", ".join(f"{name} {kind.ddl if kind else '?'}" for name, kind in given.fields if name != "_source")
        + known
    )


@pytest.mark.parametrize(
    ("step", "columns"),
    [
        (
            "{kind: deduplicate, from: a, keys: id, orderBy: [n desc nulls last, upper(id)]}",
            "id string, n int",
        ),
        ("{kind: join, from: [a, b], on: id}", "id string, n int, name string"),
        ("{kind: join, from: [a, b], on: id, how: anti}", "id string, n int"),
        ("{kind: join, from: [a, u], on: id}", "id string, n int, ..."),
        ("{kind: union, from: [a, same]}", "id string, n bigint"),
        ("{kind: union, from: [a, b], allowMissing: true}", "id string, n int, name string"),
        (
            "{kind: aggregate, from: a, by: id, columns: {k: count(*), m: max(n)}}",
            "id string, k bigint, m int",
        ),
        ("{kind: aggregate, from: u, by: [x.y], columns: {k: histogram_numeric(z, 2)}}", "y ?, k ?"),
    ],
)
def test_the_columns_that_a_step_gives(review: Review, step: str, columns: str) -> None:
    assert combined(review, step) == columns
    assert review.findings == []


@pytest.mark.parametrize(
    ("step", "codes"),
    [
        ("{kind: union, from: [a, other]}", ["columns-differ"]),
        ("{kind: union, from: [a, b]}", ["columns-differ", "columns-differ"]),
        ("{kind: join, from: [a, b], condition: left.id = right.id}", ["duplicate-column"]),
        ("{kind: join, from: [a, b], on: [id, n]}", ["unknown-column"]),
        ("{kind: join, from: [a, b], condition: count(*) > 1, how: semi}", ["not-here"]),
        (
            "{kind: join, from: [a, b], condition: right._source = left.id, how: semi}",
            ["unknown-column"],
        ),
        ("{kind: aggregate, from: a, by: id, columns: {id: max(n)}}", ["duplicate-column"]),
        ("{kind: aggregate, from: a, by: id, columns: {k: n + 1}}", ["no-aggregate"]),
        (
            "{kind: deduplicate, from: a, keys: [id, x], orderBy: y desc}",
            ["unknown-column", "unknown-column"],
        ),
    ],
)
def test_what_a_step_may_not_do(review: Review, step: str, codes: list[str]) -> None:
    combined(review, step)
    assert [one.code for one in review.findings] == codes


def test_a_union_keeps_all_metadata_and_a_join_that_of_its_left_side(review: Review) -> None:
    step = STEP.validate_python({"kind": "union", "from": ["same", "a"]})
    assert combine(review, (), step).has("_source")
    step = STEP.validate_python({"kind": "join", "from": ["same", "a"], "on": "id", "how": "left"})
    assert not combine(review, ("transformations", "x"), step).has("_source")
