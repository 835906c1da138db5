import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemesh.cli.render.json import to_json


@dataclass(frozen=True)
class Pair:
    left: int
    right: tuple[str, ...]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), "1.10"),
        (Decimal("12345678901234567890.123456789012345678"), "12345678901234567890.123456789012345678"),
        (Decimal("1E+3"), "1000"),
        (
            dt.datetime(2026, 1, 1, 13, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            '"2026-01-01T13:00:00+01:00"',
        ),
        (dt.datetime(2026, 1, 1, 13, 0, 0, 5), '"2026-01-01T13:00:00.000005"'),
        (dt.date(2026, 1, 1), '"2026-01-01"'),
        (float("nan"), '"NaN"'),
        (float("-inf"), '"-Infinity"'),
        (2**60 + 1, "1152921504606846977"),
        (b"\x00\xff", '"AP8="'),
        ("ü\n", '"ü\\n"'),
        (Pair(1, ("a",)), '{"left": 1, "right": ["a"]}'),
        ({1: None, "b": True}, '{"1": null, "b": true}'),
        ([], "[]"),
    ],
)
def test_values_are_exact(value: Any, text: str) -> None:
    assert to_json(value) == text
    json.loads(text)


def test_an_indent_is_as_json_has_it() -> None:
    value = {"a": [1, {"b": []}], "c": {}}
    assert to_json(value, indent=2) == json.dumps(value, indent=2)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_plain_values_come_back(value: Any) -> None:
    assert json.loads(to_json(value)) == value
    assert json.loads(to_json(value, indent=1)) == value
