"""A column of a frame by the words of a spec: the column of exactly that name, else a path into structs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, StructField, StructType

from lakemesh.errors import did_you_mean, known_words
from lakemesh.names import TRAVELLING, quote
from lakemesh.plan.clock import pin_clock
from lakemesh.transform.failures import Unfit

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.run import Run

_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_PATH = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")


@dataclass(frozen=True)
class Place:
    """Where a column is: the names that lead to it, its type there, and how many arrays stand on the way."""

    path: tuple[str, ...]
    kind: DataType
    arrays: int = 0

    @property
    def column(self) -> Column:
        """The value; below an array, the array of the values."""
        return F.col(".".join(map(quote, self.path)))

    @property
    def is_top(self) -> bool:
        """Whether it is a column of the frame itself."""
        return len(self.path) == 1

    @property
    def words(self) -> str:
        """The path as a message says it."""
        return ".".join(self.path)

    @property
    def within(self) -> str:
        """The path below the column that holds it, as Spark's withField takes it."""
        return ".".join(map(quote, self.path[1:]))


def find(schema: StructType, words: str) -> Place | None:
    """The place that words name in a schema; None where there is none.

    A column of exactly that name comes first, then one that differs in case, then a path: `customer.email`.
    """
    whole = _field(schema, words)
    if whole:
        return Place((whole.name,), whole.dataType)
    if not _PATH.fullmatch(words):
        return None
    parts = [quoted.replace("``", "`") or plain for quoted, plain in _PART.findall(words)]
    return _walk(schema, parts, 1 if "`" in words else len(parts))


def require(frame: DataFrame, words: str) -> Place:
    """The place that words name in a frame. Raises Unfit where there is none."""
    place = find(frame.schema, words)
    if place is None:
        known = [name for name in frame.columns if name not in TRAVELLING]
        raise Unfit(f"there is no column '{words}'.{known_words(known)}{did_you_mean(words, known)}")
    return place


def item(frame: DataFrame, words: str, run: Run) -> Column:
    """What an entry of a list of columns names: a column, a nested field under its last name, or SQL."""
    place = find(frame.schema, words)
    if place is None:
        return expression(words, run)
    return place.column.alias(words if place.is_top else place.path[-1])


def expression(sql: str, run: Run) -> Column:
    """A SQL expression whose present is the run's clock."""
    return F.expr(pin_clock(sql, run.clock, run.time_zone))


def change(frame: DataFrame, place: Place, function: Callable[[Column], Column]) -> DataFrame:
    """The frame with each value at a place replaced by the function of it, in structs and arrays, too."""
    top = place.path[0]
    kind = frame.schema[top].dataType
    return frame.withColumn(top, _changed(F.col(quote(top)), kind, place.path[1:], function))


def put(frame: DataFrame, name: str, column: Column) -> DataFrame:
    """The frame with a column added or replaced; a path into a struct adds or replaces its field."""
    head, dot, field = name.rpartition(".")
    if not dot or name in frame.columns:
        return frame.withColumn(name, column)
    parent = find(frame.schema, head)
    if parent is None or parent.arrays or not isinstance(parent.kind, StructType):
        return frame.withColumn(name, column)
    path = Place((*parent.path, field), parent.kind)
    return frame.withColumn(path.path[0], F.col(quote(path.path[0])).withField(path.within, column))


def metadata_of(names: Iterable[str]) -> list[str]:
    """Those of the names that are metadata columns, as they are written."""
    return [name for name in names if name.lower() in TRAVELLING]


def _field(schema: StructType, name: str) -> StructField | None:
    exact = next((field for field in schema.fields if field.name == name), None)
    return exact or next((field for field in schema.fields if field.name.lower() == name.lower()), None)


def _walk(kind: DataType, parts: list[str], joined: int) -> Place | None:
    """The place that parts of a path lead to; a name may hold dots, so up to `joined` parts make one."""
    if not parts:
        return Place((), kind)
    if isinstance(kind, ArrayType):
        below = _walk(kind.elementType, parts, joined)
        return Place(below.path, below.kind, below.arrays + 1) if below else None
    if not isinstance(kind, StructType):
        return None
    for length in range(min(joined, len(parts)), 0, -1):
        field = _field(kind, ".".join(parts[:length]))
        below = _walk(field.dataType, parts[length:], joined) if field else None
        if field and below:
            return Place((field.name, *below.path), below.kind, below.arrays)
    return None


def _changed(
    value: Column, kind: DataType, path: tuple[str, ...], function: Callable[[Column], Column]
) -> Column:
    if not path:
        return function(value)
    if isinstance(kind, ArrayType):
        return F.transform(value, lambda each: _changed(each, kind.elementType, path, function))
    if not isinstance(kind, StructType):
        raise Unfit(f"'{path[0]}' is no field of {kind.simpleString()}")
    inner = _changed(value.getField(path[0]), kind[path[0]].dataType, path[1:], function)
    return value.withField(quote(path[0]), inner)
