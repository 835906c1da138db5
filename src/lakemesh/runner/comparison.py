"""A table against the rows that a case expects of it: a multiset, by the columns that each of them names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.runner.givens import misfit, parsed_rows
from lakemesh.write.shape import type_of
from lakemesh.write.tables import load
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from lakemesh.plan.places import Place

Row = dict[str, Any]
# Without these formats Spark writes milliseconds, and two instants within one would look alike.
_AS_IT_IS = {
    "ignoreNullFields": "false",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
# What every table beside an output or input says of the run that wrote it; no case is about that.
_OF_THE_RUN = ("_source", "_run", "_flow", "_generation", "_batch", "_at")


@dataclass(frozen=True)
class Difference:
    """Where a table differs: rows that it lacks (as expected) and rows that nobody expected."""

    table: str
    missing: tuple[Row, ...]
    unexpected: tuple[Row, ...]

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.missing or self.unexpected)


def compare_table(session: SparkSession, table: str, place: Place, expected: Sequence[Row]) -> Difference:
    """The difference between a table and the rows expected of it; a table that was never made has none.

    Raises CallError where an expected row has a column that the table has not, or a value of another type.
    """
    if not is_there(session, place):
        return Difference(table, tuple(expected), ())
    actual = load(session, place)
    rows = [_named(row, actual.columns) for row in expected]
    wanted, found = _plain(actual, rows, f"expect.{table}")
    named = sorted(
        ([{k: v for k, v in want.items() if k in row} for want, row in zip(wanted, rows, strict=True)]),
        key=len,
        reverse=True,
    )
    missing, rest = _match(named, found)
    shown = {key for row in rows for key in row}
    return Difference(table, tuple(missing), tuple(_shown(row, shown) for row in rest))


def _named(row: Row, columns: Sequence[str]) -> Row:
    """The row with its columns' real names: a case may leave out the underscore of `_reason`."""
    return {
        f"_{key}" if key not in columns and f"_{key}" in columns else key: value for key, value in row.items()
    }


def _plain(actual: DataFrame, expected: list[Row], where: str) -> tuple[list[Row], list[Row]]:
    """The expected rows and those of a table as plain JSON values, so that only equal values look alike.

    No digit is lost, and one job brings both.
    """
    names = actual.columns
    texts = actual.select(F.lit(False), _json([F.col(quote(name)) for name in names]), F.lit(None))
    if expected:
        typed = parsed_rows(actual.sparkSession, expected, type_of(actual).ddl, where)
        fields = [F.col("row").getField(name).alias(name) for name in names]
        texts = typed.select(F.lit(True), _json(fields), "wrong").union(texts)
    wanted: list[Row] = []
    found: list[Row] = []
    for is_expected, text, wrong in texts.collect():
        if wrong is not None:
            raise misfit(where, wrong)
        (wanted if is_expected else found).append(json.loads(text, parse_float=Decimal))
    return wanted, found


def _json(columns: list[Column]) -> Column:
    return F.to_json(F.struct(*columns), _AS_IT_IS)


def _match(expected: list[Row], actual: list[Row]) -> tuple[list[Row], list[Row]]:
    """The expected rows without an actual one, and the actual rows without an expected one.

    As many find one as can: a row that fits two gives way to one that fits only the first of them.
    """
    fits = [[at for at, row in enumerate(actual) if _fits(want, row)] for want in expected]
    held: dict[int, int] = {}
    owners: dict[int, int] = {}
    for want in range(len(expected)):
        _place(want, fits, held, owners)
    missing = [row for want, row in enumerate(expected) if want not in held]
    return missing, [row for at, row in enumerate(actual) if at not in owners]


def _fits(want: Row, row: Row) -> bool:
    return all(key in row and row[key] == value for key, value in want.items())


def _place(start: int, fits: list[list[int]], held: dict[int, int], owners: dict[int, int]) -> None:
    """Give an expected row an actual one; others move on where that makes room (an augmenting path)."""
    came: dict[int, int] = {}
    waiting = [start]
    for want in waiting:
        for at in fits[want]:
            if at in came:
                continue
            came[at] = want
            if at not in owners:
                _shift(at, came, held, owners)
                return
            waiting.append(owners[at])


def _shift(free: int, came: dict[int, int], held: dict[int, int], owners: dict[int, int]) -> None:
    """Move each row on the way to a free one by one place."""
    at: int | None = free
    while at is not None:
        want = came[at]
        before = held.get(want)
        held[want], owners[at] = at, want
        at = before


def _shown(row: Row, named: set[str]) -> Row:
    """An unexpected row by the columns that the case speaks of; where it speaks of none, by its own."""
    if named:
        return {key: value for key, value in row.items() if key in named}
    return {key: value for key, value in row.items() if key not in _OF_THE_RUN}
