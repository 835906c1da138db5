"""What a refresh has built beside a table, into the table: one commit, once for each identity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.errors import LedgerUnbalanced
from lakemesh.spec.outputs import History, Merge, Overwrite
from lakemesh.spec.types import Struct
from lakemesh.spec.versions import FROM, VERSION
from lakemesh.write import ensure
from lakemesh.write.commits import Commit, Txn, find_commit, mark, marked_session
from lakemesh.write.content import compared, content_sql, match_sql
from lakemesh.write.shape import type_of
from lakemesh.write.tables import load, overwrite, save
from lakemesh.write.versions import is_there, version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Land


def land_anew(session: SparkSession, land: Land, built: Place, identity: str) -> None:
    """Let an output's table hold what was built, and nothing else.

    A merge and a history are merged, so that whoever follows their changes sees the rows that differ and no
    others; metadata alone makes no difference. An append and an overwrite are replaced.
    Raises LedgerUnbalanced where the table then holds other than as many rows as were built.
    """
    if not is_there(session, built):
        replace_all(session, built, land.table, identity)
        return
    frame = load(session, built)
    names = [name for name in VERSION if isinstance(land.port, History)]
    shape = Struct(tuple((name, kind) for name, kind in type_of(frame).fields if name not in names))
    ensure(session, land, shape)
    write: Callable[[Txn], object]
    match land.port:
        case Merge(keys=keys):
            write = partial(_merge, frame, land.table, keys)
        case History(keys=keys):
            write = partial(_merge, frame, land.table, (*keys, FROM))
        case Overwrite(where=where):
            write = partial(overwrite, frame, land.table, where=where or "true")
        case _:
            write = partial(overwrite, frame, land.table)
    _once(frame, land.table, identity, write)


def replace_all(session: SparkSession, built: Place, table: Place, identity: str) -> None:
    """Let a table hold the rows of what was built; where nothing was, none, and where neither is, nothing.

    Raises LedgerUnbalanced as `land_anew` does.
    """
    source = next((one for one in (built, table) if is_there(session, one)), None)
    if source is None:
        return
    if source is table and find_commit(session, table, Txn(identity, 0), replayed=True) is not None:
        return  # it has landed, and what was built is cleared away
    frame = load(session, source) if source is built else load(session, source).where(F.lit(False))
    writer = frame.write.format("delta").mode("overwrite").option("mergeSchema", "true")
    _once(frame, table, identity, lambda txn: save(mark(writer, txn), table))


def _once(frame: DataFrame, table: Place, identity: str, write: Callable[[Txn], object]) -> None:
    """Land rows, unless they are there as they were built; and count them."""
    session, rows = frame.sparkSession, frame.count()
    there = is_there(session, table)
    done = find_commit(session, table, Txn(identity, 0), replayed=True) if there else None
    if done is not None and _landed(session, table, done) == rows:
        return
    # Delta takes no number of an identity that is not beyond the last one.
    txn = Txn(identity, 0 if done is None else (version_of(session, table) or 0) + 1)
    write(txn)
    landed = _landed(session, table, find_commit(session, table, txn, replayed=False))
    if landed != rows:
        raise LedgerUnbalanced(
            f"the refresh built {rows} rows for {table.name}, and {landed} landed: run again, and they are"
            " landed anew. If that says the same, keep the tables as they are, and report it."
        )


def _landed(session: SparkSession, table: Place, commit: Commit | None) -> int:
    """How many rows a commit left in a table, of those that it was to hold."""
    if commit is None or "numTargetRowsInserted" in commit.rows:
        return load(session, table, commit.version if commit else None).count()
    return commit.count("numOutputRows")


def _merge(frame: DataFrame, table: Place, keys: tuple[str, ...], txn: Txn) -> None:
    """Only what differs: an equal row is not touched, one that was not built is deleted.

    A second landing replaces all: keys that the first one doubled would match what was built.
    """
    if txn.version:
        overwrite(frame, table, txn)
        return
    names = [name for name in compared(frame) if name not in keys]
    target = table.sql
    differs = f"{content_sql(names, 's')} <> {content_sql(names, target)}" if names else "false"
    merging = frame.alias("s").mergeInto(target, F.expr(match_sql(keys, "s", target)))
    with marked_session(frame.sparkSession, txn):
        merging.whenMatched(
            F.expr(differs)
        ).updateAll().whenNotMatched().insertAll().whenNotMatchedBySource().delete().merge()
