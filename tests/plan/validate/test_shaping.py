"""Frames of the steps that shape columns; what they read in vain is in wrong.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from lakemesh.names import parse_product
from lakemesh.plan.validate.frames import SOURCE, UNKNOWN, Frame
from lakemesh.plan.validate.review import Review
from lakemesh.plan.validate.shaping import shape
from lakemesh.spec.loader import load_mesh
from lakemesh.spec.steps import Step
from lakemesh.spec.types import Struct, parse_type

STEP: TypeAdapter[Any] = TypeAdapter(Step)
KIND = parse_type(
    "struct<id string, n int, c struct<mail string, address struct<city string>>,"
    " l array<struct<sku string>>, m map<string,int>>"
)
assert isinstance(KIND, Struct)
FRAME = Frame((*KIND.fields, ("_source", SOURCE)))


@pytest.fixture
def review(base: Path) -> Review:
    mesh = load_mesh(base).require()
    return Review(mesh, mesh.get(parse_product("shop.orders")), lambda name, port: UNKNOWN)


def shaped(review: Review, text: str, frame: Frame = FRAME) -> str:
    step = STEP.validate_python({"from": "v", **yaml.safe_load(text)})
    given = shape(review, ("transformations", "x"), step, frame)
    return ", ".join(f"{name} {kind.ddl.replace('`', '') if kind else '?'}" for name, kind in given.data) + (
        "" if given.known else ", ..."
    )


@pytest.mark.parametrize(
    ("step", "columns"),
    [
        ("{kind: select, columns: [n, c.mail, upper(id) as up]}", "n int, mail string, up string"),
        ("{kind: select, columns: 'c.*'}", "mail string, address struct<city:string>"),
        ("{kind: rename, columns: {id: n, n: id}}", "n string, id int, ..rest"),
        ("{kind: cast, columns: {n: bigint, c.mail: int}}", "id string, n bigint, c struct<mail:int,..."),
        ("{kind: derive, columns: {n: upper(id), k: length(n)}}", "id string, n string, ..rest, k int"),
        ("{kind: derive, columns: {c.mail: '1'}}", "id string, n int, c struct<mail:int,..."),
        ("{kind: drop, columns: [c, l, m]}", "id string, n int"),
        ("{kind: drop, columns: [c.address, l, m]}", "id string, n int, c struct<mail:string>"),
        ("{kind: flatten, columns: [c]}", "id string, n int, c_mail string, c_address_city string, ..rest"),
        (
            "{kind: flatten, separator: __}",
            "id string, n int, c__mail string, c__address__city string, ..rest",
        ),
        ("{kind: explode, column: l}", "id string, n int, ..c, l struct<sku:string>, m map<string,int>"),
        ("{kind: explode, column: l, as: e, position: p}", "id string, ..rest, p int, e struct<sku:string>"),
        (
            "{kind: explode, column: l, position: p}",
            "id string, ..rest, p int, l struct<sku:string>, m map<string,int>",
        ),
        ("{kind: explode, column: m}", "id string, ..rest, m struct<key:string,value:int>"),
        ("{kind: pseudonymise, columns: n, salt: {secret: a/b}}", "id string, n string, ..rest"),
        ("{kind: pseudonymise, columns: l.sku, salt: {secret: a/b}}", "id string, ..rest"),
    ],
)
def test_the_columns_that_a_step_gives(review: Review, step: str, columns: str) -> None:
    given = shaped(review, step)
    for part in columns.replace("...", "").split(", .."):
        words = part.split(", ", 1)[1] if part.startswith(("rest, ", "c, ")) else part
        assert words in given or words in ("rest", "c")
    assert review.findings == []


def test_of_an_unknown_view_the_new_names_are_known(review: Review) -> None:
    assert shaped(review, "{kind: select, columns: [a, b.c]}", UNKNOWN) == "a ?, c ?"
    assert shaped(review, "{kind: rename, columns: {a: b}}", UNKNOWN) == "b ?, ..."
    assert shaped(review, "{kind: derive, columns: {a: '1'}}", UNKNOWN) == "a int, ..."
    assert shaped(review, "{kind: flatten}", UNKNOWN) == ", ..."
    assert review.findings == []


@pytest.mark.parametrize(
    ("step", "codes"),
    [
        ("{kind: select, columns: [id, n as ID]}", ["duplicate-column"]),
        ("{kind: rename, columns: {c.mail: mail}}", ["nested"]),
        ("{kind: flatten, columns: [c.address]}", ["nested"]),
        ("{kind: drop, columns: [id, n, c, l, m]}", ["no-column"]),
        ("{kind: drop, columns: [c.mail, c.address]}", ["no-column"]),
        ("{kind: derive, columns: {k: explode(l)}}", ["not-here"]),
        ("{kind: derive, columns: {k: (select 1)}}", ["not-here"]),
        ("{kind: derive, columns: {_source: id}}", ["unusable-name"]),
        ("{kind: pseudonymise, columns: m, salt: {secret: a/b}}", ["wrong-type"]),
        ("{kind: explode, column: l, as: id, position: n}", ["duplicate-column", "duplicate-column"]),
    ],
)
def test_what_a_step_may_not_do(review: Review, step: str, codes: list[str]) -> None:
    shaped(review, step)
    assert [one.code for one in review.findings] == codes
