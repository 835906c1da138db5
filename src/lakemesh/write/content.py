"""What a row says, as text that can be compared: the same for equal rows, whatever they passed through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import EXACT_JSON, METADATA, TRAVELLING, is_own, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

_SOURCE = METADATA[0]
_ARRIVAL = ("enqueued_time", "sequence_number", "modified", "path")
DELETE = "__delete"
"""Beside the rows of a batch: whether the row is a delete. Absent where none is."""


def content(columns: Iterable[str | Column]) -> Column:
    """The JSON text of columns, by which equal rows are told from others."""
    named = (F.col(quote(one)) if isinstance(one, str) else one for one in columns)
    return F.to_json(F.struct(*named), EXACT_JSON)


def content_sql(names: Iterable[str], side: str) -> str:
    """The same text in SQL, of one side of a join or a MERGE."""
    fields = ", ".join(f"{side}.{quote(name)}" for name in names)
    options = ", ".join(f"'{key}', '{value}'" for key, value in EXACT_JSON.items())
    return f"to_json(struct({fields}), map({options}))"


def sequence_sql(columns: Iterable[str], side: str) -> str:
    """The sequence of a row as one SQL value that can be compared."""
    return f"struct({', '.join(f'{side}.{quote(column)}' for column in columns)})"


def data_of(frame: DataFrame) -> list[str]:
    """The columns that belong to the table: neither marks nor where the row came from."""
    return [name for name in frame.columns if name in TRAVELLING or not is_own(name)]


def compared(frame: DataFrame) -> list[str]:
    """The columns by which two rows of one sequence are told apart: metadata takes no part in it."""
    return [name for name in data_of(frame) if name not in METADATA]


def arrival(frame: DataFrame) -> list[Column]:
    """What tells when a row came, the earlier the less: an event's place in its hub, a file's time."""
    if _SOURCE not in frame.columns:
        return []
    known = frame.select(f"{_SOURCE}.*").columns
    return [F.col(f"{_SOURCE}.{field}") for field in _ARRIVAL if field in known]


def origin(frame: DataFrame) -> list[Column]:
    """What decides between rows that say the same, the least stays: the earlier, as it does in the table."""
    metadata = [name for name in frame.columns if name in METADATA]
    return [*arrival(frame), content(metadata)] if metadata else []


def match_sql(keys: Iterable[str], source: str, target: str) -> str:
    """SQL: whether two rows have the same keys."""
    return " AND ".join(f"{source}.{quote(key)} = {target}.{quote(key)}" for key in keys)
