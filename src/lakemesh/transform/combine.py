"""Steps that make one view of several, or one row of several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import TRAVELLING, quote
from lakemesh.transform.failures import Unfit
from lakemesh.transform.paths import expression, item, metadata_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.run import Run
    from lakemesh.spec.steps import Aggregate, Join, Union

_HOW = {"semi": "left_semi", "anti": "left_anti"}


def join(left: DataFrame, right: DataFrame, step: Join, run: Run) -> DataFrame:
    """Two views side by side: the columns of `on` once, then the left view's, then the right view's.

    NULL equals nothing. Metadata is the left view's; where only the right view has a row, it is NULL.
    """
    right = right.drop(*metadata_of(right.columns))
    _meet(left, right, step)
    if step.how == "cross":
        return left.crossJoin(right)
    how = _HOW.get(step.how, step.how)
    if step.condition is not None:
        return left.alias("left").join(right.alias("right"), expression(step.condition, run), how)
    return left.join(right, list(step.on), how)


def union(frames: Sequence[DataFrame], step: Union) -> DataFrame:
    """The rows of all views, columns matched by name, in the order of the first.

    With allowMissing a column, or a field of a struct, that a view lacks is NULL there; metadata always may
    be missing. Types meet where Spark widens them and nowhere else.
    """
    if not step.allow_missing:
        _agree(frames, step)
    metadata = {
        name: kind
        for frame in reversed(frames)
        for name, kind in _types(frame).items()
        if name.lower() in TRAVELLING
    }
    whole = [_with_nulls(frame, metadata) for frame in frames]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=step.allow_missing), whole)


def aggregate(frame: DataFrame, step: Aggregate, run: Run) -> DataFrame:
    """One row for each group: what it is grouped by, then the aggregates; NULLs make a group of their own.

    Without `by` it is one row, of an empty view as well.
    """
    groups = [item(frame, words, run) for words in step.by]
    columns = [expression(sql, run).alias(name) for name, sql in step.columns.items()]
    return frame.groupBy(*groups).agg(*columns)


def _meet(left: DataFrame, right: DataFrame, step: Join) -> None:
    """Refuse columns of `on` that a side lacks, and other columns that both sides have."""
    sides = {
        view: {name.lower() for name in f.columns} for view, f in zip(step.reads, (left, right), strict=True)
    }
    for view, names in sides.items():
        lacking = [name for name in step.on if name.lower() not in names]
        if lacking:
            raise Unfit(f"'{view}' has no column '{lacking[0]}' to join on")
    if step.how in _HOW:
        return
    names = {name.lower() for name in right.columns}.difference(name.lower() for name in step.on)
    both = [name for name in left.columns if name.lower() in names]
    if both:
        views = f"both '{step.reads[0]}' and '{step.reads[1]}'"
        raise Unfit(f"{views} have {_listed(both)}: rename or drop on one side, or join on it")


def _agree(frames: Sequence[DataFrame], step: Union) -> None:
    """Refuse views of which one lacks a column of another."""
    names = [{n.lower(): n for n in frame.columns if n.lower() not in TRAVELLING} for frame in frames]
    every = reduce(lambda one, other: one | other, names)
    for view, own in zip(step.reads, names, strict=True):
        lacking = [every[name] for name in every if name not in own]
        if lacking:
            raise Unfit(f"'{view}' lacks {_listed(lacking)}: say allowMissing: true for NULL in its place")


def _listed(names: Sequence[str]) -> str:
    word = "the column" if len(names) == 1 else "the columns"
    return f"{word} {', '.join(repr(name) for name in names)}"


def _types(frame: DataFrame) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in frame.schema.fields}


def _with_nulls(frame: DataFrame, columns: dict[str, str]) -> DataFrame:
    missing = {name: kind for name, kind in columns.items() if name not in frame.columns}
    return frame.select(
        *(F.col(quote(name)) for name in frame.columns),
        *(F.lit(None).cast(kind).alias(name) for name, kind in missing.items()),
    )
