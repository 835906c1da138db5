"""Rules that need grouping: one grouped pass for each column, all of them in one action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakemesh.check.builtin import AnyRule, BuiltIn
from lakemesh.check.columns import Found, find
from lakemesh.errors import RunError
from lakemesh.spec.expectations import ColumnValuesToBeUnique

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def grouped(frame: DataFrame, rules: Sequence[AnyRule]) -> dict[str, dict[str, int]]:
    """For each column that is to be unique, how many rows are `judged` and how many `unexpected`.

    Unexpected is every row whose value stands in another row, too. The frame is read once for each column, so
    it should be staged. Raises RunError where a column is not there or its values cannot be compared.
    """
    columns = {path: groupable(frame.schema, path, label) for path, label in _unique(rules)}
    if not columns:
        return {}
    passes = [_count(frame, found) for found in columns.values()]
    return {
        row["path"]: {"judged": row["judged"] or 0, "unexpected": row["unexpected"] or 0}
        for row in reduce(DataFrame.union, passes).collect()
    }


def _unique(rules: Sequence[AnyRule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        if not isinstance(rule, BuiltIn) and isinstance(rule.expectation, ColumnValuesToBeUnique):
            yield rule.expectation.column, rule.label


def groupable(schema: StructType, path: str, label: str) -> Found:
    """The column at a path. Raises RunError where it is not there or its values cannot be compared."""
    found = find(schema, path, label)
    kind = found.kind.simpleString()
    if "map<" in kind or "variant" in kind:
        raise RunError(f"rule '{label}': values of column '{path}' ({kind}) cannot be told apart by Spark.")
    return found


def _count(frame: DataFrame, found: Found) -> DataFrame:
    """One row: the path, the rows with a value, and those of them whose value is not alone."""
    sizes = frame.select(found.column.alias("value")).where("value is not null").groupBy("value").count()
    repeated = F.when(F.col("count") > 1, F.col("count"))
    return sizes.agg(F.sum("count").alias("judged"), F.sum(repeated).alias("unexpected")).select(
        F.lit(found.path).alias("path"), "judged", "unexpected"
    )
