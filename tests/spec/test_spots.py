from __future__ import annotations

import pytest

from lakemesh.spec.document import read_document
from lakemesh.spec.spots import item_path, spot, spot_in_scalar


def test_a_spot_in_a_text() -> None:
    assert spot("ab\ncd", 0) == (1, 1)
    assert spot("ab\ncd", 2) == (1, 3)
    assert spot("ab\r\ncd", 5) == (2, 2)


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("a: select x from y\n", "from", (1, 13)),
        ("a: select x\n  from y\n", "from", (2, 3)),
        ("a: 'it''s x'\n", "x", (1, 11)),
        ('a: "a\\tb \\"x\\" y"\n', "y", (1, 16)),
        ('a: "one\n   two"\n', "two", (2, 4)),
        ("a: |\n  select x\n    from y\n", "from", (3, 5)),
        ("a: |2-\n    select x\n  from y\n", "from", (3, 3)),
        ("a: >\n  select x\n  from y\n\n  where z\n", "where", (5, 3)),
        ("a: # why\n  select x from y\n", "from", (2, 12)),
        ("a: |\n  -- ü\n  sélect x from y\n", "from", (3, 12)),
        ("a: {b: x, c: 'y z'}\n", "", (1, 4)),
    ],
)
def test_a_spot_in_a_scalar_of_any_style(text: str, word: str, place: tuple[int, int]) -> None:
    document = read_document("f.yml", text)
    value = document.value["a"]
    offset = value.index(word) if isinstance(value, str) else 0
    assert spot_in_scalar(document, ("a",), value if isinstance(value, str) else "", offset) == place


def test_a_spot_behind_what_was_filled_in() -> None:
    document = read_document("f.yml", "a: x = '${long.name}' and y\n", {"long": {"name": "v"}})
    value = document.value["a"]
    assert value == "x = 'v' and y"
    assert spot_in_scalar(document, ("a",), value, value.index("y")) == (1, 27)
    assert spot_in_scalar(document, ("a",), value, value.index("x")) == (1, 4)
    assert spot_in_scalar(document, ("a",), value, value.index("v")) == (1, 9)


def test_the_path_of_a_word_that_may_stand_alone() -> None:
    document = read_document("f.yml", "a: x\nb: [x, y]\n")
    assert item_path(document, ("a",), 0) == ("a",)
    assert item_path(document, ("b",), 1) == ("b", 1)
