"""Spark's types as values: read from Delta's log and from SQL, written for DuckDB, and brought together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakemesh.errors import QueryError

if TYPE_CHECKING:
    from sqlglot import exp

MOST_DIGITS = 38
_FEWEST_DECIMALS = 6


@dataclass(frozen=True)
class Type:
    """A Spark type: its name, with the types inside it, the fields of a struct, or a decimal's digits."""

    name: str
    inner: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()
    digits: int = 0
    scale: int = 0

    def __str__(self) -> str:
        """The name as Spark's typeof() gives it."""
        match self.name:
            case "decimal":
                return f"decimal({self.digits},{self.scale})"
            case "struct":
                parts = (f"{name}:{kind}" for name, kind in zip(self.fields, self.inner, strict=True))
                return f"struct<{','.join(parts)}>"
            case "array" | "map":
                return f"{self.name}<{','.join(map(str, self.inner))}>"
            case _:
                return self.name

    @property
    def duck(self) -> str:
        """The name of the type in DuckDB that holds the same values."""
        match self.name:
            case "decimal":
                return f"DECIMAL({self.digits},{self.scale})"
            case "array":
                return f"{self.inner[0].duck}[]"
            case "map":
                return f"MAP({self.inner[0].duck}, {self.inner[1].duck})"
            case "struct":
                pairs = zip(self.fields, self.inner, strict=True)
                return f"STRUCT({', '.join(f'{_quoted(name)} {kind.duck}' for name, kind in pairs)})"
            case _:
                return _DUCK[self.name]

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers only, other than as a decimal."""
        return self.name in _WHOLE

    @property
    def is_number(self) -> bool:
        """Whether one can reckon with it."""
        return self.name in _WHOLE or self.name in ("decimal", "float", "double")

    @property
    def is_interval(self) -> bool:
        """Whether it is a span of time."""
        return self.name.startswith("interval")

    def field(self, name: str) -> tuple[str, Type] | None:
        """A field of a struct, its name in any case; None where there is none."""
        pairs = zip(self.fields, self.inner, strict=True)
        return next((pair for pair in pairs if pair[0].lower() == name.lower()), None)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


BOOLEAN, TINYINT, SMALLINT, INT, BIGINT = map(Type, ("boolean", "tinyint", "smallint", "int", "bigint"))
FLOAT, DOUBLE, STRING, BINARY, DATE = map(Type, ("float", "double", "string", "binary", "date"))
TIMESTAMP, NTZ, VOID = Type("timestamp"), Type("timestamp_ntz"), Type("void")
MONTHS, DAYS, SECONDS = Type("interval months"), Type("interval days"), Type("interval seconds")
_WHOLE = ("tinyint", "smallint", "int", "bigint")
_DUCK = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE", "string": "VARCHAR", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP", "void": "INTEGER",
    "interval months": "INTERVAL", "interval days": "INTERVAL", "interval seconds": "INTERVAL",
}  # fmt: skip
_SAME = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
# sqlglot's words for Spark's types, where they differ
_SAID = {
    "text": "string", "varchar": "string", "char": "string", "timestamptz": "timestamp",
    "timestampltz": "timestamp", "timestampntz": "timestamp_ntz", "varbinary": "binary",
}  # fmt: skip


def decimal(digits: int, scale: int) -> Type:
    """A decimal of at most 38 digits; beyond, decimals are cut down to six, as Spark does."""
    if digits > MOST_DIGITS:
        whole = digits - scale
        scale = max(MOST_DIGITS - whole, min(scale, _FEWEST_DECIMALS))
        digits = MOST_DIGITS
    return Type("decimal", digits=digits, scale=scale)


def array(item: Type) -> Type:
    """An array of items."""
    return Type("array", (item,))


def a_map(key: Type, value: Type) -> Type:
    """A map from keys to values."""
    return Type("map", (key, value))


def struct(names: tuple[str, ...], types: tuple[Type, ...]) -> Type:
    """A struct of fields in order."""
    return Type("struct", types, names)


def of_delta(kind: Any) -> Type:
    """The type that Delta's log writes (Delta protocol, "Schema Serialization Format")."""
    if isinstance(kind, str):
        if kind.startswith("decimal("):
            digits, scale = kind[8:-1].split(",")
            return decimal(int(digits), int(scale))
        return Type(_SAME.get(kind, kind))
    match kind["type"]:
        case "array":
            return array(of_delta(kind["elementType"]))
        case "map":
            return a_map(of_delta(kind["keyType"]), of_delta(kind["valueType"]))
        case _:
            fields = kind["fields"]
            return struct(tuple(f["name"] for f in fields), tuple(of_delta(f["type"]) for f in fields))


def of_sql(said: exp.DataType) -> Type:
    """The type that SQL names; raises QueryError for one that is not read here."""
    word = str(getattr(said.this, "value", said.this)).lower()
    name = _SAID.get(word, word)
    inner = said.expressions
    match name:
        case "decimal":
            return _decimal_of([part.name for part in inner])
        case "array" if inner:
            return array(of_sql(inner[0]))
        case "map" if inner:
            return a_map(of_sql(inner[0]), of_sql(inner[1]))
        case "struct" if inner and all(part.args.get("kind") for part in inner):
            return struct(tuple(f.name for f in inner), tuple(of_sql(f.args["kind"]) for f in inner))
        case _ if name in _DUCK and not name.startswith("interval"):
            return Type(name)
        case _:
            raise QueryError(f"the type {said.sql('databricks').lower()} is not read here: run it in Spark.")


def _decimal_of(said: list[str]) -> Type:
    numbers = [int(part) if part.isdigit() else -1 for part in said]
    digits, scale = [*numbers, *(10, 0)[len(numbers) :]]
    if not 0 <= scale <= digits <= MOST_DIGITS or not digits:
        raise QueryError(f"decimal({', '.join(said)}) is no type: a decimal has 1 to 38 digits in all.")
    return decimal(digits, scale)


def as_decimal(kind: Type) -> Type:
    """The decimal that holds every value of a whole number's type; a decimal itself."""
    return kind if kind.name == "decimal" else decimal(_DIGITS[kind.name], 0)


def common(left: Type, right: Type) -> Type | None:
    """The type in which Spark, with ANSI on, compares or holds values of either type; None: there is none."""
    if right in (left, VOID):
        return left
    if left == VOID:
        return right
    if "string" in (left.name, right.name):
        return _with_text(right if left.name == "string" else left)
    if left.is_number and right.is_number:
        return _wider(left, right)
    names = {left.name, right.name}
    if names <= {"date", "timestamp", "timestamp_ntz"}:
        return TIMESTAMP if "timestamp" in names else NTZ
    if left.name == right.name and len(left.inner) == len(right.inner):
        return _nested(left, right)
    return None


def _with_text(other: Type) -> Type | None:
    if other.is_whole:
        return BIGINT
    if other.is_number:
        return DOUBLE
    return other if not other.inner and not other.is_interval else None


def _nested(left: Type, right: Type) -> Type | None:
    inner = tuple(common(a, b) for a, b in zip(left.inner, right.inner, strict=True))
    same = tuple(map(str.lower, left.fields)) == tuple(map(str.lower, right.fields))
    if not same or any(kind is None for kind in inner):
        return None
    return Type(left.name, tuple(kind for kind in inner if kind), left.fields)


def _wider(left: Type, right: Type) -> Type:
    names = (left.name, right.name)
    if "double" in names or "float" in names:
        return FLOAT if names == ("float", "float") else DOUBLE
    if "decimal" in names:
        a, b = as_decimal(left), as_decimal(right)
        scale = max(a.scale, b.scale)
        # No digit before the point is lost: Spark's bounded type of two decimals.
        return decimal(max(a.digits - a.scale, b.digits - b.scale) + scale, scale)
    return Type(max(names, key=_WHOLE.index))
