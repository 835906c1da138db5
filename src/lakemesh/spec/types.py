"""Spark's data types as values, read from DDL text without Spark.

The grammar is that of Spark SQL's data types
(https://spark.apache.org/docs/4.0.0/sql-ref-datatypes.html): primitives, decimal(p,s), array<...>,
map<...,...>, struct<name: type, ...>.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lakemesh.errors import nearest
from lakemesh.names import quote

PRIMITIVES = {
    "string": "string",
    "boolean": "boolean",
    "byte": "tinyint",
    "tinyint": "tinyint",
    "short": "smallint",
    "smallint": "smallint",
    "int": "int",
    "integer": "int",
    "long": "bigint",
    "bigint": "bigint",
    "float": "float",
    "real": "float",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ltz": "timestamp",
    "timestamp_ntz": "timestamp_ntz",
    "binary": "binary",
    "variant": "variant",
    "void": "void",
}
"""Spark's names of types without parts, each with the one that Spark itself prints."""
# Words that other systems and the contract's logicalType have.
_ELSEWHERE = {
    "bool": "boolean",
    "datetime": "timestamp",
    "float64": "double",
    "int32": "int",
    "int64": "bigint",
    "json": "variant",
    "list": "array<...>",
    "number": "decimal(12,2)",
    "object": "struct<...>",
    "str": "string",
    "text": "string",
    "uuid": "string",
}
_TOKEN = re.compile(r"\s*(?:(`(?:[^`]|``)+`)|([A-Za-z0-9_]+)|([<>(),:]))")
_QUOTED = re.compile(r"`(?:[^`]|``)*`")
_MOST_DIGITS = 38


@dataclass(frozen=True)
class Primitive:
    """A type without parts, by the name that Spark's simpleString uses."""

    name: str

    @property
    def ddl(self) -> str:
        """The type as DDL."""
        return self.name


@dataclass(frozen=True)
class Decimal:
    """A decimal of so many digits, of which so many stand behind the point."""

    precision: int = 10
    scale: int = 0

    @property
    def ddl(self) -> str:
        """The type as DDL."""
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True)
class Array:
    """A list of one type."""

    item: DataType

    @property
    def ddl(self) -> str:
        """The type as DDL."""
        return f"array<{self.item.ddl}>"


@dataclass(frozen=True)
class Map:
    """Values of one type under keys of another."""

    key: DataType
    value: DataType

    @property
    def ddl(self) -> str:
        """The type as DDL."""
        return f"map<{self.key.ddl},{self.value.ddl}>"


@dataclass(frozen=True)
class Struct:
    """Named fields, in order."""

    fields: tuple[tuple[str, DataType], ...]

    @property
    def ddl(self) -> str:
        """The type as DDL, every name quoted."""
        return f"struct<{','.join(f'{quote(name)}:{kind.ddl}' for name, kind in self.fields)}>"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(name for name, _ in self.fields)

    def get(self, name: str) -> DataType | None:
        """The type of a field, found as Spark finds it: whatever its case."""
        return next((kind for field, kind in self.fields if field.lower() == name.lower()), None)


DataType = Primitive | Decimal | Array | Map | Struct
STRING = Primitive("string")


def holds(kind: DataType, test: Callable[[DataType], bool]) -> bool:
    """Whether a test is true of a type or of one within; the keys of maps apart."""
    if test(kind):
        return True
    match kind:
        case Struct(fields=fields):
            return any(holds(inner, test) for _, inner in fields)
        case Array(item=inner) | Map(value=inner):
            return holds(inner, test)
        case _:
            return False


def has_map(kind: DataType) -> bool:
    """Whether a type is or holds a map."""
    return holds(kind, lambda one: isinstance(one, Map))


def parse_type(text: str) -> DataType:
    """The type that a DDL text says.

    Raises ValueError, with a sentence for the user, where the text is no type of Spark.
    """
    bare = _QUOTED.sub("", text)  # a name between backquotes may hold any bracket
    if bare.count("(") != bare.count(")") or bare.count("<") != bare.count(">"):
        raise ValueError(
            f"type '{text}' has no closing bracket; a type with a comma must stand in quotes, such as"
            ' "decimal(12,2)"'
        )
    parser = _Parser(text)
    kind = parser.read_type()
    parser.expect_end()
    return kind


class _Parser:
    """One reading of a DDL text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        return found.group().strip() if found else ""

    def take(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        if not found:
            raise ValueError(f"'{self.text}' is no type of Spark")
        self.at = found.end()
        return found.group().strip()

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise ValueError(f"'{self.text}' is no type of Spark: '{token}' is missing")

    def expect_end(self) -> None:
        if self.text[self.at :].strip():
            raise ValueError(
                f"'{self.text}' is no type of Spark: '{self.text[self.at :].strip()}' is too much"
            )

    def read_type(self) -> DataType:
        word = self.take().lower()
        if word in ("decimal", "dec", "numeric"):
            return self.read_decimal()
        if word == "array":
            return self.read_array()
        if word == "map":
            return self.read_map()
        if word == "struct":
            return self.read_struct()
        if word in ("varchar", "char"):
            return self.read_sized_string()
        if word in PRIMITIVES:
            return Primitive(PRIMITIVES[word])
        near = _ELSEWHERE.get(word) or nearest(word, PRIMITIVES)
        raise ValueError(f"'{word}' is no type of Spark" + (f". Did you mean '{near}'?" if near else ""))

    def read_sized_string(self) -> DataType:
        # Delta keeps the length only as metadata and Spark enforces it on write: a rule says it better.
        raise ValueError(
            f"'{self.text}': use string, with expect_column_value_lengths_to_be_between for its length"
        )

    def read_number(self) -> int:
        word = self.take()
        if not word.isdecimal():
            raise ValueError(f"'{self.text}' is no type of Spark: '{word}' is no whole number")
        return int(word)

    def read_decimal(self) -> DataType:
        if self.peek() != "(":
            return Decimal()
        self.expect("(")
        precision, scale = self.read_number(), 0
        if self.peek() == ",":
            self.expect(",")
            scale = self.read_number()
        self.expect(")")
        if not 0 < precision <= _MOST_DIGITS or scale > precision:
            raise ValueError(
                f"decimal({precision},{scale}) is out of range: 1 to 38 digits, no more behind the point"
            )
        return Decimal(precision, scale)

    def read_array(self) -> DataType:
        self.expect("<")
        item = self.read_type()
        self.expect(">")
        return Array(item)

    def read_map(self) -> DataType:
        self.expect("<")
        key = self.read_type()
        self.expect(",")
        value = self.read_type()
        self.expect(">")
        return Map(key, value)

    def read_struct(self) -> DataType:
        self.expect("<")
        fields: list[tuple[str, DataType]] = []
        while self.peek() != ">":
            name = self.take()
            if self.peek() == ":":
                self.expect(":")
            fields.append((name[1:-1].replace("``", "`") if name.startswith("`") else name, self.read_type()))
            if self.peek() == ",":
                self.expect(",")
        self.expect(">")
        return Struct(tuple(fields))
