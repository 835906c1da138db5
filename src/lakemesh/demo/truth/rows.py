"""Rows of tables: their canonical text, and which of two rows of one key stays."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


def canonical(value: Any) -> str:
    """A value that JSON does not know as text: a decimal, a date, an instant (in UTC, with microseconds)."""
    match value:
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            moment = value.astimezone(dt.UTC) if value.tzinfo else value
            return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        case dt.date():
            return value.isoformat()
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical text")


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=canonical
).encode


def line_of(row: Row) -> str:
    """The row as one line of canonical JSON, its names sorted: equal rows give equal lines."""
    return _encode(row)


def digest(lines: Iterable[str]) -> str:
    """A digest of lines as a multiset: the same for any order."""
    return f"{sum(map(hash_line, lines)) % 2**128:032x}"


def hash_line(line: str) -> int:
    """A line's share in a digest."""
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:16], "big")


def winner(rows: Sequence[Row], sequence: str) -> Row | None:
    """The row that a merge keeps of those with one key: the latest, of equals that of the greater JSON."""
    last = max((row[sequence] for row in rows), default=None)
    latest = [row for row in rows if row[sequence] == last]
    if len(latest) < 2:  # noqa: PLR2004
        return latest[0] if latest else None
    return max(latest, key=lambda row: spark_json(row).encode())


def spark_json(value: Any) -> str:
    """The value as Spark's to_json writes it with ignoreNullFields off: instants to milliseconds."""
    match value:
        case None:
            return "null"
        case dict():
            return "{" + ",".join(f'"{name}":{spark_json(item)}' for name, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(spark_json, value)) + "]"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        case dt.datetime():
            return f'"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"'
        case dt.date():
            return f'"{value.isoformat()}"'
        case _:
            return json.dumps(value, ensure_ascii=False)
