"""JSON that keeps values exact: decimals with all their digits, instants in ISO 8601."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any


def to_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON text.

    A decimal is a number with every digit, an instant ISO 8601 text, bytes base64 text; NaN and the
    infinities, which JSON has no number for, are text. Frozen values become objects.
    """
    return _write(value, indent, "\n")


def _write(value: Any, indent: int | None, margin: str) -> str:
    inner = margin + " " * (indent or 0)
    match value:
        case Mapping():
            pairs = [f"{_quoted(key)}: {_write(item, indent, inner)}" for key, item in value.items()]
            return _wrap("{", pairs, "}", indent, margin, inner)
        case list() | tuple() | set() | frozenset():
            items = [_write(item, indent, inner) for item in value]
            return _wrap("[", items, "]", indent, margin, inner)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _write({f.name: getattr(value, f.name) for f in fields(value)}, indent, margin)
        case _:
            return _scalar(value)


def _wrap(left: str, items: list[str], right: str, indent: int | None, margin: str, inner: str) -> str:
    if not items:
        return left + right
    if indent is None:
        return left + ", ".join(items) + right
    return left + inner + f",{inner}".join(items) + margin + right


def _scalar(value: Any) -> str:
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case float() if math.isfinite(value):
            return json.dumps(value)
        case Decimal() if value.is_finite():
            return format(value, "f")
        case float() | Decimal():
            return _quoted(not_finite(float(value)))
        case dt.datetime() | dt.date() | dt.time():
            return _quoted(value.isoformat())
        case bytes() | bytearray() | memoryview():
            return _quoted(base64.b64encode(bytes(value)).decode())
        case _:
            return _quoted(str(value))


def not_finite(value: float) -> str:
    """NaN or an infinity as Spark writes it."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _quoted(value: Any) -> str:
    return json.dumps(str(value), ensure_ascii=False)
