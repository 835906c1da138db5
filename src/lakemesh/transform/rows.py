"""Steps that change which rows there are."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, MapType

from lakemesh.names import EXACT_JSON, TRAVELLING, quote
from lakemesh.spec.steps import Deduplicate, Filter
from lakemesh.transform.failures import Unfit
from lakemesh.transform.paths import Place, expression, find, require

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.run import Run
    from lakemesh.spec.steps import Explode
    from lakemesh.spec.steps import Window as WindowStep

KEPT = "__kept"
_ORDER = re.compile(
    r"^(?P<words>.+?)(?:\s+(?P<way>asc|desc))?(?:\s+nulls\s+(?P<nulls>first|last))?$",
    re.IGNORECASE | re.DOTALL,
)


def keep(frame: DataFrame, step: Filter, run: Run) -> DataFrame:
    """The rows for which the condition is true; neither false nor NULL."""
    return frame.where(expression(step.where, run))


def explode(frame: DataFrame, step: Explode) -> DataFrame:
    """One row for each element of an array, or for each entry of a map as a struct of key and value.

    The element takes the array's place, under the name given by `as` or the array's own; that of an array
    inside a struct becomes a column behind the others. `position` counts from 0 in a column before the
    element's. A row whose array is NULL or empty vanishes; with keepEmpty it stays, element and position
    NULL.
    """
    place = require(frame, step.column)
    element = _generated(_elements(place), step, step.as_ or place.path[-1])
    if not place.is_top:
        return frame.select("*", element)
    gone = place.path[0]
    return frame.select(*(element if name == gone else F.col(quote(name)) for name in frame.columns))


def deduplicate(frame: DataFrame, step: Deduplicate, run: Run) -> DataFrame:
    """The first row of each key, by the order.

    Rows that the order leaves equal are told apart by their content: the greater JSON text of all columns but
    the metadata comes first, so that one set of rows gives one answer in whatever order it arrives. A row
    with a NULL in a key is kept: nobody can say that it is another one's duplicate, and a rule can still
    quarantine every one of them.
    """
    return _ranked(frame, step, run).where(F.col(KEPT)).drop(KEPT)


def window(frame: DataFrame, step: WindowStep, run: Run) -> DataFrame:
    """Columns computed over each row's partition, in its order; every one is one function.

    As in SQL, an order makes sums run up to the row and its peers, and NULLs make a partition of their own.
    """
    partition = Window.partitionBy(*(require(frame, words).column for words in step.partition_by))
    over = partition.orderBy(*(_sorted(frame, words, run) for words in step.order_by))
    spec = over if step.order_by else partition
    added = {name: expression(text, run).over(spec) for name, text in step.columns.items()}
    return frame.withColumns(added)


def judge(frame: DataFrame, step: Filter | Deduplicate, run: Run) -> DataFrame:
    """The whole frame with a column `__kept`: true for the rows that the step keeps, false for the others."""
    if isinstance(step, Filter):
        return frame.withColumn(KEPT, F.coalesce(expression(step.where, run), F.lit(False)))
    return _ranked(frame, step, run)


def _ranked(frame: DataFrame, step: Deduplicate, run: Run) -> DataFrame:
    keys = [require(frame, words).column for words in step.keys]
    content = _json([name for name in frame.columns if name.lower() not in TRAVELLING])
    metadata = _json([name for name in frame.columns if name.lower() in TRAVELLING])
    unknown = reduce(lambda one, other: one | other, (key.isNull() for key in keys))
    order = [*(_sorted(frame, words, run) for words in step.order_by), content.desc(), metadata.desc()]
    # Rows without a key would all meet in one partition: their content spreads them.
    window = Window.partitionBy(*keys, F.when(unknown, F.xxhash64(content))).orderBy(*order)
    return frame.withColumn(KEPT, (F.row_number().over(window) == 1) | unknown)


def _elements(place: Place) -> Column:
    if place.arrays:
        raise Unfit(f"'{place.words}' stands below an array: explode that one first")
    if isinstance(place.kind, MapType):
        return F.map_entries(place.column)
    if isinstance(place.kind, ArrayType):
        return place.column
    raise Unfit(f"'{place.words}' is {place.kind.simpleString()}, neither an array nor a map")


def _generated(values: Column, step: Explode, name: str) -> Column:
    if step.position is None:
        return (F.explode_outer(values) if step.keep_empty else F.explode(values)).alias(name)
    numbered = F.posexplode_outer(values) if step.keep_empty else F.posexplode(values)
    return numbered.alias(step.position, name)


def _sorted(frame: DataFrame, words: str, run: Run) -> Column:
    """One term of an order: a column or SQL, then asc or desc, then nulls first or nulls last."""
    # F.expr would read `updated_at desc` as a column under the alias desc.
    found = _ORDER.match(words.strip())
    whole = find(frame.schema, words)
    if whole or not found:
        return (whole.column if whole else expression(words, run)).asc()
    place = find(frame.schema, found["words"])
    column = place.column if place else expression(found["words"], run)
    match (found["way"] or "asc").lower(), (found["nulls"] or "").lower():
        case "desc", "first":
            return column.desc_nulls_first()
        case "desc", _:
            return column.desc()
        case _, "last":
            return column.asc_nulls_last()
        case _:
            return column.asc()


def _json(names: list[str]) -> Column:
    return F.to_json(F.struct(*(F.col(quote(name)) for name in names)), EXACT_JSON) if names else F.lit("")
