"""Tombstones: the keys and sequences of deletes, so that a late older row does not come back to life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.spec.outputs import Merge, Overwrite, told_by
from lakemesh.write.commits import find_commit, history
from lakemesh.write.content import DELETE, match_sql, sequence_sql
from lakemesh.write.tables import load
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.stages import Land
    from lakemesh.run import Observe
    from lakemesh.spec.outputs import AnyDelta
    from lakemesh.write.commits import Txn


def leaves_tombstones(port: AnyDelta) -> bool:
    """Whether the deletes of an output leave their keys and sequences behind."""
    return isinstance(port, Merge | Overwrite) and bool(port.delete_when and port.sequence_by)


def find_tombstones(session: SparkSession, land: Land, txn: Txn, replayed: bool) -> DataFrame | None:
    """The last sequence at which each key was deleted; None where an output has no tombstones.

    A replay whose merge is committed sees those that the merge saw: another flow may have left more since.
    """
    port = land.port
    if not (isinstance(port, Merge | Overwrite) and leaves_tombstones(port)):
        return None
    if not is_there(session, land.tombstones):
        return None
    commit = find_commit(session, land.table, txn, replayed) if replayed else None
    version = None if commit is None else _version_at(session, land, commit.version)
    last = F.max(F.struct(*(F.col(quote(column)) for column in port.sequence_by))).alias("last")
    rows = load(session, land.tombstones, version)
    return rows.groupBy(*(F.col(quote(key)) for key in told_by(port))).agg(last)


def _version_at(session: SparkSession, land: Land, commit: int) -> int | None:
    """The version of the tombstones at the time of a commit; flows take turns, so the clock tells."""
    made = next(one["timestamp"] for one in history(session, land.table) if one["version"] == commit)
    before = [one for one in history(session, land.tombstones) if one["timestamp"] <= made]
    return max((int(one["version"]) for one in before), default=None)


def outlive(
    frame: DataFrame, port: Merge | Overwrite, tombstones: DataFrame | None, observe: Observe, name: str
) -> DataFrame:
    """The rows that are newer than the tombstone of their key, and every delete; the others are counted."""
    if tombstones is None:
        return frame
    alive = F.expr(f"t.last IS NULL OR {sequence_sql(port.sequence_by, 's')} > t.last")
    alive = alive | F.col(DELETE) if DELETE in frame.columns else alive
    joined = frame.alias("s").join(tombstones.alias("t"), F.expr(match_sql(told_by(port), "s", "t")), "left")
    judged = joined.select("s.*", alive.alias("__alive"))
    dead = F.sum((~F.col("__alive")).cast("bigint"))
    return observe(judged, name, {"superseded": dead}).where("__alive").drop("__alive")


def left_by(frame: DataFrame, port: Merge | Overwrite, tombstones: DataFrame | None) -> DataFrame:
    """The tombstones that a batch leaves: keys and sequence of its deletes, where nothing later is known."""
    deletes = frame.where(DELETE)
    columns = [F.col(f"s.{quote(name)}") for name in dict.fromkeys((*told_by(port), *port.sequence_by))]
    if tombstones is None:
        return deletes.alias("s").select(*columns)
    known = F.expr(
        f"{match_sql(told_by(port), 's', 't')} AND t.last >= {sequence_sql(port.sequence_by, 's')}"
    )
    return deletes.alias("s").join(tombstones.alias("t"), known, "left_anti").select(*columns)
