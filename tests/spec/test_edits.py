from __future__ import annotations

import pytest

from lakemesh.spec.document import Document, read_document
from lakemesh.spec.edits import leave_out, put, rename, value_at


@pytest.fixture
def document() -> Document:
    return read_document("f.yml", "a:\n  - {x: 1, y: 2, z: 3}\n  - two\n  - {x: 4}\nb: 5\n")


def test_values_are_found_by_path(document: Document) -> None:
    assert value_at(document, ("a", 0, "y")) == 2
    assert value_at(document, ("a", 9)) is None
    assert value_at(document, ("b", "c")) is None


def test_what_is_left_out_moves_the_rest_and_its_places(document: Document) -> None:
    leave_out(document, ("a", 0))
    leave_out(document, ("a", 0, "nothing"))
    leave_out(document, ("a", 7))
    assert document.value == {"a": ["two", {"x": 4}], "b": 5}
    assert document.locate(("a", 1, "x")) == (4, 9)


def test_a_key_is_renamed_where_it_stands(document: Document) -> None:
    rename(document, ("a", 0, "y"), "w")
    assert list(document.value["a"][0].items()) == [("x", 1), ("w", 2), ("z", 3)]
    assert document.locate(("a", 0, "w"), key=True) == (2, 12)


def test_another_value_keeps_the_place_of_the_old_one(document: Document) -> None:
    put(document, ("b",), {"c": 6})
    assert document.value["b"] == {"c": 6}
    assert document.locate(("b", "c")) == (5, 4)
