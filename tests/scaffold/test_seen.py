from __future__ import annotations

from decimal import Decimal

import pytest

from lakemesh.scaffold.seen import Seen, form_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-01-31", "date"),
        ("2026-02-31", "text"),
        ("2026-01-31T10:00:00", "timestamp without zone"),
        ("2026-01-31 10:00:00.123456789", "timestamp without zone"),
        ("2026-01-31T10:00:00.1Z", "timestamp"),
        ("2026-01-31T10:00+01:00", "timestamp"),
        ("2026-01-31T10:00:00-0100", "timestamp"),
        ("2026-01-31T25:00:00Z", "text"),
        ("10:00:00", "time"),
        ("25:00", "text"),
        ("-12.50", "digits"),
        ("007", "digits"),
        ("1.2.3", "text"),
        ("", "empty"),
        ("31.01.2026", "text"),
        ("2026", "digits"),
    ],
)
def test_what_a_text_holds(text: str, form: str) -> None:
    assert form_of(text) == form


def test_places_are_counted() -> None:
    seen = Seen()
    for value in ({"a": 1, "b": [1, None]}, {"a": None}, {"a": Decimal("12.345"), "b": []}, {"a": True}):
        seen.add(value)
    a, b = seen.fields["a"], seen.fields["b"]
    assert (seen.times, seen.kinds) == (4, {"object": 4})
    assert (a.times, a.nulls, a.kinds) == (4, 1, {"integer": 1, "number": 1, "boolean": 1})
    assert (a.whole, a.scale, a.digits) == (2, 3, 5)
    assert b.items is not None
    assert (b.kinds, b.items.times, b.items.nulls) == ({"array": 2}, 2, 1)


def test_digits_of_numbers() -> None:
    seen = Seen()
    for value in (0, -1234, Decimal("0.001"), Decimal("1E+3"), "12.5"):
        seen.add(value)
    assert (seen.whole, seen.scale, seen.digits) == (4, 3, 4)


def test_addresses_are_noticed_only_where_all_are() -> None:
    seen = Seen()
    for value in ("a@example.com", "b@example.com"):
        seen.add(value)
    assert seen.emails == 2
    seen.add("nobody")
    assert (seen.emails, seen.times) == (2, 3)
