"""A record's bytes as the values that its port declares; a value of the wrong type leaves its field empty."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Shape = Any
"""`string`, `bigint`, `decimal` (two digits), `timestamp`; a dictionary for a struct, a list for an array."""
CENT = Decimal("0.01")
_WHOLE = re.compile(r"-?\d+")


class Number(str):
    """A JSON number, by its text."""


_decode = json.JSONDecoder(parse_int=Number, parse_float=Number).decode


@dataclass(frozen=True)
class Parsed:
    """The values of a record, or the reason why it is none."""

    values: dict[str, Any]
    misfits: int = 0
    """How many fields had a value of the wrong type, and are None."""
    reason: str = ""


def parse_record(body: bytes | None, shape: Shape) -> Parsed:
    """What a port of this shape makes of the bytes of one event or one line."""
    if not body:
        return Parsed({}, reason="empty record")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Parsed({}, reason="not valid UTF-8")
    try:
        said = _decode(text)
    except json.JSONDecodeError:
        return Parsed({}, reason="not valid JSON")
    if not isinstance(said, dict):
        what = "a JSON array, not a JSON object" if isinstance(said, list) else "not a JSON object"
        return Parsed({}, reason=what)
    misfits: list[Any] = []
    return Parsed(_fit(said, shape, misfits), len(misfits))


def _fit(said: Any, shape: Shape, misfits: list[Any]) -> Any:
    """The value as the shape wants it; None, and one more misfit, where it cannot be."""
    if said is None or (shape == "string" and type(said) is str):
        return said
    if isinstance(shape, dict) and isinstance(said, dict):
        return {name: _fit(said.get(name), kind, misfits) for name, kind in shape.items()}
    if isinstance(shape, list) and isinstance(said, list):
        return [_fit(item, shape[0], misfits) for item in said]
    value = _scalar(said, shape) if isinstance(shape, str) else None
    if value is None:
        misfits.append(said)
    return value


def _scalar(said: Any, shape: str) -> Any:
    match said, shape:
        case str(), "string":
            return str(said)
        case Number(), "bigint":
            return int(said) if _WHOLE.fullmatch(said) else None
        case Number(), "decimal":
            return round_cents(Decimal(said))
        case Number(), _:
            return None
        case str(), "timestamp":
            return read_instant(said)
        case _:
            return None


def round_cents(amount: Decimal) -> Decimal:
    """The amount rounded half up to two digits, as Spark rounds."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def read_instant(text: str) -> dt.datetime | None:
    """The instant of an ISO 8601 text in UTC; None where it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
