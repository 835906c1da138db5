"""A value on its way into DuckDB's SQL: its text, with the Spark type that it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zlib import crc32

from lakemesh.errors import QueryError
from lakemesh.query.translate.types import BOOLEAN, INT, STRING, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

_LONG = 120


@dataclass(frozen=True)
class Value:
    """An expression in DuckDB's words and its Spark type; `literal`: what it says, where it is a constant."""

    sql: str
    type: Type
    literal: str | int | Decimal | None = None

    def of(self, kind: Type) -> Value:
        """The same text under another type."""
        return replace(self, type=kind)


def text(said: str) -> str:
    """A text as a literal."""
    return "'" + said.replace("'", "''") + "'"


def name(said: str) -> str:
    """A name, quoted."""
    return '"' + said.replace('"', '""') + '"'


def constant(said: str | int) -> Value:
    """A text or a whole number as a value."""
    if isinstance(said, str):
        return Value(text(said), STRING, said)
    return Value(str(said), INT, said)


def let(sql: str, use: Callable[[str], str]) -> str:
    """What `use` makes of an expression that it reads several times: a long one is evaluated once."""
    if len(sql) < _LONG:
        return use(sql)
    # Where one stands in another their names differ, unless they hold the same value.
    held = f"v{len(sql)}_{crc32(sql.encode()):x}"
    return f"list_transform([{sql}], lambda {held}: {use(held)})[1]"


def fail(message: str, *shown: str) -> str:
    """A call that stops the query with a sentence; `{}` in it stand for values."""
    parts = message.split("{}")
    pieces = [text(parts[0])]
    for sql, part in zip(shown, parts[1:], strict=True):
        pieces += [f"coalesce(CAST({sql} AS VARCHAR), 'NULL')", text(part)]
    return f"error({' || '.join(pieces)})"


def call(function: str, *values: Value | str) -> str:
    """A call of one of DuckDB's functions."""
    return f"{function}({', '.join(v.sql if isinstance(v, Value) else v for v in values)})"


def cased(*pairs: tuple[str, str], otherwise: str = "NULL") -> str:
    """CASE over conditions and what follows from each."""
    whens = " ".join(f"WHEN {condition} THEN {then}" for condition, then in pairs)
    return f"CASE {whens} ELSE {otherwise} END"


def all_literals(values: Iterable[Value]) -> bool:
    """Whether every value is a constant."""
    return all(value.literal is not None for value in values)


def literal_of(value: Value, what: str) -> str | int | Decimal:
    """What a constant says; raises QueryError where the value is none."""
    if value.literal is None:
        raise QueryError(f"{what} has to be a constant here: write it out, or run it in Spark.")
    return value.literal


def whole_of(value: Value, what: str) -> int:
    """The whole number that a constant says; raises QueryError where it says none."""
    if not isinstance(value.literal, int):
        raise QueryError(f"{what} has to be a whole number, and a constant here.")
    return value.literal


def truth(sql: str) -> Value:
    """A condition."""
    return Value(sql, BOOLEAN)
