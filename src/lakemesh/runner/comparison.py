"""A table against the rows that a case expects of it: a multiset, by the columns that each of them names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.runner.givens import typed_rows
from lakemesh.write.tables import find_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.places import Place

Row = dict[str, Any]
_AS_IT_IS = {"ignoreNullFields": "false"}


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
    """The difference between a table and the rows expected of it; a table that was never made has none."""
    found = find_table(session, place)
    if found is None:
        return Difference(table, tuple(expected), ())
    actual = session.read.format("delta").load(place.location)
    rows = [_named(row, found.columns.names) for row in expected]
    wanted = _plain(typed_rows(session, rows, found.columns.ddl, f"expect.{table}")) if rows else []
    named = sorted(
        ([{k: v for k, v in want.items() if k in row} for want, row in zip(wanted, rows, strict=True)]),
        key=len,
        reverse=True,
    )
    missing, rest = _match(named, _plain(actual))
    shown = {key for row in rows for key in row}
    return Difference(table, tuple(missing), tuple(_shown(row, shown) for row in rest))


def _named(row: Row, columns: Sequence[str]) -> Row:
    """The row with its columns' real names: a case may leave out the underscore of `_reason`."""
    return {
        f"_{key}" if key not in columns and f"_{key}" in columns else key: value for key, value in row.items()
    }


def _plain(frame: DataFrame) -> list[Row]:
    """Every row as plain JSON values, so that two equal values look alike."""
    columns = F.struct(*(F.col(quote(name)) for name in frame.columns))
    texts = frame.select(F.to_json(columns, _AS_IT_IS).alias("text")).collect()
    return [json.loads(row["text"]) for row in texts]


def _match(expected: list[Row], actual: list[Row]) -> tuple[list[Row], list[Row]]:
    """The expected rows without an actual one, and the actual rows without an expected one."""
    rest, missing = list(actual), []
    for row in expected:
        twin = next((one for one in rest if all(one.get(key) == value for key, value in row.items())), None)
        if twin is None:
            missing.append(row)
        else:
            rest.remove(twin)
    return missing, rest


def _shown(row: Row, named: set[str]) -> Row:
    """An unexpected row by the columns that the case speaks of; whole where it speaks of none."""
    return {key: value for key, value in row.items() if key in named} if named else row
