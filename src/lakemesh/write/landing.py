"""What a refresh has built beside a table, into the table: one commit, once for each identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.spec.outputs import History, Merge, Overwrite
from lakemesh.spec.types import Struct
from lakemesh.spec.versions import FROM, VERSION
from lakemesh.write import ensure
from lakemesh.write.commits import Txn, find_commit, mark, marked_session
from lakemesh.write.content import compared, content_sql, match_sql
from lakemesh.write.shape import type_of
from lakemesh.write.tables import find_table, load, overwrite, save

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Land


def land_anew(session: SparkSession, land: Land, built: Place, identity: str) -> None:
    """Let an output's table hold what was built, and nothing else.

    A merge and a history are merged, so that whoever follows their changes sees the rows that differ and no
    others; metadata alone makes no difference. An append and an overwrite are replaced.
    """
    txn = Txn(identity, 0)
    if find_table(session, built) is None:
        replace_all(session, built, land.table, identity)
        return
    frame = load(session, built)
    names = [name for name in VERSION if isinstance(land.port, History)]
    shape = Struct(tuple((name, kind) for name, kind in type_of(frame).fields if name not in names))
    ensure(session, land, shape)
    if find_commit(session, land.table, txn, replayed=True) is not None:
        return
    match land.port:
        case Merge(keys=keys):
            _merge(frame, land.table, keys, txn)
        case History(keys=keys):
            _merge(frame, land.table, (*keys, FROM), txn)
        case Overwrite(where=where):
            overwrite(frame, land.table, txn, where=where or "true")
        case _:
            overwrite(frame, land.table, txn)


def replace_all(session: SparkSession, built: Place, table: Place, identity: str) -> None:
    """Let a table hold the rows of what was built; where nothing was, none, and where neither is, nothing."""
    txn, there = Txn(identity, 0), find_table(session, table) is not None
    source = built if find_table(session, built) is not None else table if there else None
    if source is None or (there and find_commit(session, table, txn, replayed=True) is not None):
        return
    frame = load(session, source) if source is built else load(session, source).where(F.lit(False))
    writer = frame.write.format("delta").mode("overwrite").option("mergeSchema", "true")
    save(mark(writer, txn), table)


def _merge(frame: DataFrame, table: Place, keys: tuple[str, ...], txn: Txn) -> None:
    """Only what differs: an equal row is not touched, one that was not built is deleted."""
    names = [name for name in compared(frame) if name not in keys]
    target = table.sql
    differs = f"{content_sql(names, 's')} <> {content_sql(names, target)}" if names else "false"
    merging = frame.alias("s").mergeInto(target, F.expr(match_sql(keys, "s", target)))
    with marked_session(frame.sparkSession, txn):
        merging.whenMatched(
            F.expr(differs)
        ).updateAll().whenNotMatched().insertAll().whenNotMatchedBySource().delete().merge()
