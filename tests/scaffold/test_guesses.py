from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lakemesh.scaffold.guesses import guess_fields
from lakemesh.scaffold.seen import Seen

D = Decimal


def guess(*values: Any) -> tuple[str, str]:
    """The type, as DDL would have it, and the note for a column that held these values."""
    seen = Seen()
    for value in values:
        seen.add({"a": value})
    (field,) = guess_fields(seen)
    kind = field.guess
    return kind.physical_type or kind.logical_type, kind.note


@pytest.mark.parametrize(
    ("values", "kind", "note"),
    [
        ([1, None, 2], "integer", ""),
        ([10**18], "decimal(38,0)", "up to 19 digits: more than a BIGINT holds"),
        ([10**40], "string", "up to 41 digits: more than any number type holds"),
        ([1, D("841.2656419677076")], "number", ""),
        ([1, D("9.90")], "number", 'money? then physicalType: "decimal(12,2)"'),
        ([D("0.12345678901234567890")], "decimal(38,20)", "up to 20 digits: more than a double keeps"),
        ([True, None], "boolean", ""),
        (["2026-01-01", None], "date", ""),
        (["10:00:00"], "time", ""),
        (["2026-01-01T00:00:00Z", "2026-01-01"], "timestamp", ""),
        (["2026-01-01 00:00:00"], "timestamp", "no zone in the text: the product's timeZone counts"),
        (["2026-01-01", "", ""], "string", "a date or timestamp, but empty 2 times"),
        (["2026-01-01", "soon"], "string", ""),
        (["1.50", "-22"], "string", "numbers as text: a cast step makes them decimal(12,2)"),
        (["007", "1"], "string", ""),
        ([None, None], "string", "null in every record"),
        ([{}, {}], "string", "an object without fields in every record: read as text"),
        ([1, 2, "x"], "string", "integer 2 times, text once: read as text"),
        ([{"b": 1}, "x"], "string", "object once, text once: read as text"),
        ([1, True], "string", "integer once, boolean once: read as text"),
        ([[], None], "array", "empty in every record"),
        ([[1], ["x"]], "array", "integer once, text once: read as text"),
        (["a@example.com"], "string", "personal? then classification: confidential, tags: [pii]"),
    ],
)
def test_the_type_that_holds_all(values: list[Any], kind: str, note: str) -> None:
    assert guess(*values) == (kind, note)


def facts(*records: dict[str, Any]) -> list[dict[str, Any]]:
    seen = Seen()
    for record in records:
        seen.add(record)
    return [field.facts() for field in guess_fields(seen)]


def test_required_is_what_is_always_there_and_never_null() -> None:
    found = facts(
        {"a": 1, "b": 1, "c": 1, "o": {"x": 1, "y": 1}}, {"a": 2, "b": None, "o": {"x": 2}}, {"a": 3, "b": 3}
    )
    assert [one["name"] for one in found if one.get("required")] == ["a"]
    assert [one["name"] for one in found[3]["properties"] if one.get("required")] == ["x"]


def test_nested_shapes_merge() -> None:
    found = facts(
        {"lines": [{"sku": "a"}, {"sku": "b", "n": 1}]}, {"lines": [{"n": D("1.123456"), "deep": [[1]]}]}
    )
    (lines,) = found
    assert lines["required"] is True
    assert lines["items"]["properties"] == [
        {"name": "sku", "logicalType": "string"},
        {"name": "n", "logicalType": "number"},
        {
            "name": "deep",
            "logicalType": "array",
            "items": {"logicalType": "array", "items": {"logicalType": "integer"}},
        },
    ]


def test_many_rare_names_are_data() -> None:
    records = [{"counts": {f"k{n}": {"n": n, "at": "2026-01-01"}}} for n in range(60)]
    (found,) = facts(*records)
    assert found["logicalType"] == "map"
    assert [one["name"] for one in found["values"]["properties"]] == ["n", "at"]
    assert [one["logicalType"] for one in found["values"]["properties"]] == ["integer", "date"]


def test_a_name_in_two_spellings_stands_once() -> None:
    seen = Seen()
    for record in ({"Id": 1}, {"id": 2}, {"id": 3}, {"": 4}):
        seen.add(record)
    (field,) = guess_fields(seen)
    assert (field.name, field.required) == ("id", False)
    assert field.guess.note == "also written 'Id', 1 times, which this name does not read"


@pytest.mark.parametrize("name", ["email", "customer_e_mail", "contactEmail", "last_name", "mobile"])
def test_names_that_sound_personal(name: str) -> None:
    seen = Seen()
    seen.add({name: "x"})
    assert "pii" in guess_fields(seen)[0].guess.note


@pytest.mark.parametrize("name", ["female", "DestCityName", "airmail", "streetcar_id"])
def test_names_that_do_not(name: str) -> None:
    seen = Seen()
    seen.add({name: "x"})
    assert ("pii" in guess_fields(seen)[0].guess.note) == (name == "streetcar_id")
