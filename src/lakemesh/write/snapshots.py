"""A snapshot beside the open versions of a history: what it leaves, changes, adds and lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.errors import RunError
from lakemesh.names import quote
from lakemesh.spec.versions import CURRENT, FROM, TO, VERSION
from lakemesh.write.content import compared, content_sql, data_of, match_sql

if TYPE_CHECKING:
    import datetime as dt

    from pyspark.sql import DataFrame

    from lakemesh.spec.outputs import History


def compare(frame: DataFrame, before: DataFrame, port: History, aside: DataFrame | None = None) -> DataFrame:
    """Each row of a snapshot (`s`) with its key's open version (`t`), and whether they say the `same`.

    Either is NULL where there is none; `same` never is. The open version of a key of which all rows were set
    `aside` is left out: the snapshot has the key, and nobody knows yet what it says.
    """
    columns = [F.col(quote(name)) for name in data_of(frame) if name not in VERSION] + [F.col(FROM)]
    names = [name for name in compared(frame) if name not in VERSION]
    now = frame.select(F.struct(*columns).alias("s"))
    there = _without(before.where(CURRENT), frame, aside, port).select(F.struct(*columns).alias("t"))
    same = F.expr(f"{content_sql(names, 's')} = {content_sql(names, 't')}")
    met = F.col("s").isNotNull() & F.col("t").isNotNull()
    pairs = now.join(there, F.expr(match_sql(port.keys, "s", "t")), "full")
    return pairs.withColumn("same", F.when(met, same).otherwise(F.lit(False)))


def _without(there: DataFrame, frame: DataFrame, aside: DataFrame | None, port: History) -> DataFrame:
    if aside is None:
        return there
    keys = aside.alias("a").join(frame.alias("s"), F.expr(match_sql(port.keys, "a", "s")), "left_anti")
    return there.alias("t").join(keys.alias("k"), F.expr(match_sql(port.keys, "t", "k")), "left_anti")


def require_sound(
    frame: DataFrame, before: DataFrame, port: History, at: dt.datetime, aside: DataFrame | None
) -> None:
    """Nothing. Raises RunError for a snapshot that is not newer than the table or lacks too many keys."""
    last = F.max(F.greatest(F.col(FROM), F.col(TO)))
    stands = before.agg(
        last.cast("string").alias("last"),
        (last > F.lit(at)).alias("newer"),
        (last == F.lit(at)).alias("equal"),
        F.count_if(CURRENT).alias("open"),
    ).first()
    counted = (
        compare(frame, before, port, aside)
        .agg(
            F.count_if(F.col("s").isNull()).alias("absent"),
            F.count_if(F.col("s").isNotNull() & ~F.col("same")).alias("changed"),
        )
        .first()
    )
    if stands is None or counted is None:
        return
    differs = counted["absent"] or counted["changed"]
    if stands["newer"] or (stands["equal"] and differs):
        raise RunError(_not_newer(at, stands["last"]))
    _require_few(counted["absent"], stands["open"], port)


def _not_newer(at: dt.datetime, last: str) -> str:
    return (
        f"a snapshot taken at {at.isoformat(sep=' ')} cannot follow one of {last}, which the table holds:"
        " snapshots are taken in order. Is a clock fixed, or behind?"
    )


def _require_few(absent: int, there: int, port: History) -> None:
    """Raise RunError where more keys are absent than `maxDeleted` allows."""
    if port.max_deleted is None or not absent:
        return
    allowed = float(port.max_deleted.removesuffix("%"))
    if absent * 100 > allowed * there:
        raise RunError(
            f"the snapshot lacks {absent} of {there} keys, which is more than maxDeleted: {port.max_deleted}."
            " Nothing was written. If they are gone indeed, raise maxDeleted for this run."
        )
