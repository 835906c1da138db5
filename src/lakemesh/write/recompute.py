"""Groups made anew: of the groups that a batch touched, an output holds afterwards what was made and no more.

An overwrite replaces them; a merge touches the rows that differ, so that whoever follows its changes sees
real differences only. Both are one MERGE, which takes a row more for each group, or row, that gives way.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.errors import RunError
from lakemesh.names import quote
from lakemesh.spec.outputs import Merge
from lakemesh.write.commits import Commit, Txn, find_commit, marked_session, require_commit
from lakemesh.write.content import compared, content_sql, match_sql
from lakemesh.write.tables import Written, append, load

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Land, Recompute

_OUT = "__out"


def changed_groups(session: SparkSession, table: Place, version: int, by: tuple[str, ...]) -> DataFrame:
    """The groups of every row that a commit added, changed or took away, as they were before and after it."""
    reader = session.read.format("delta").option("readChangeFeed", "true")
    reader = reader.option("startingVersion", version).option("endingVersion", version)
    feed = reader.load(table.location) if table.platform == "local" else reader.table(table.sql)
    return feed.select(*map(_column, by)).distinct()


def in_groups(frame: DataFrame, groups: DataFrame, by: tuple[str, ...], how: str = "left_semi") -> DataFrame:
    """The rows that are of the groups; with `left_anti` the others. NULL is a group like any other."""
    same = reduce(and_, (F.col(f"r.{quote(name)}").eqNullSafe(F.col(f"g.{quote(name)}")) for name in by))
    return frame.alias("r").join(groups.alias("g"), same, how)


def replace(
    frame: DataFrame,
    land: Land,
    said: Recompute,
    groups: DataFrame | None,
    txn: Txn,
    replayed: bool,
) -> Written:
    """Bring the rows of groups into the table in one commit, once for each identity.

    `groups` is None where all were made, since the table is empty. Raises RunError where a row is of none of
    the groups.
    """
    session, table = frame.sparkSession, land.table
    if groups is None:
        return append(frame, table, txn, replayed)
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None:
        _require_inside(frame, groups, land, said)
        if isinstance(land.port, Merge):
            _merge(frame, groups, table, land.port, said, txn)
        else:
            _overwrite(frame, groups, table, said, txn)
        commit = require_commit(session, table, txn)
    if isinstance(land.port, Merge):
        return _merged(commit, frame, table, land.port)
    rows = commit.count("numTargetRowsInserted")
    offered = commit.count("numSourceRows") - groups.count()
    return Written(version=commit.version, offered=offered, inserted=rows)


def _require_inside(frame: DataFrame, groups: DataFrame, land: Land, said: Recompute) -> None:
    stray = in_groups(frame, groups, said.by, "left_anti").select(*map(_column, said.by)).first()
    if stray is not None:
        group = ", ".join(f"{name} {value}" for name, value in stray.asDict().items())
        raise RunError(
            f"output '{land.name}' recomputes by {', '.join(said.by)}, and its steps give rows of a group"
            f" that they were not given ({group}). They must leave {', '.join(said.by)} as it is."
        )


def _overwrite(frame: DataFrame, groups: DataFrame, table: Place, said: Recompute, txn: Txn) -> None:
    source = _with_out(frame, groups)
    on = f"s.{_OUT} AND {match_sql(said.by, 's', table.sql)}"
    merging = source.alias("s").mergeInto(table.sql, F.expr(on)).whenMatched().delete()
    with marked_session(frame.sparkSession, txn):
        merging.whenNotMatched(F.expr(f"NOT s.{_OUT}")).insertAll().merge()


def _merge(frame: DataFrame, groups: DataFrame, table: Place, port: Merge, said: Recompute, txn: Txn) -> None:
    before = in_groups(load(frame.sparkSession, table), groups, said.by)
    gone = in_groups(before, frame, port.keys, "left_anti").select(*map(_column, port.keys))
    names = compared(frame)
    differs = f"{content_sql(names, 's')} <> {content_sql(names, table.sql)}"
    merging = (
        _with_out(frame, gone).alias("s").mergeInto(table.sql, F.expr(match_sql(port.keys, "s", table.sql)))
    )
    with marked_session(frame.sparkSession, txn):
        merging = merging.whenMatched(F.expr(f"s.{_OUT}")).delete()
        merging = merging.whenMatched(F.expr(f"NOT s.{_OUT} AND {differs}")).updateAll()
        merging.whenNotMatched(F.expr(f"NOT s.{_OUT}")).insertAll().merge()


def _with_out(frame: DataFrame, out: DataFrame) -> DataFrame:
    """The rows, and those that only say what gives way, told apart by `__out`."""
    marked = out.withColumn(_OUT, F.lit(True))
    return frame.withColumn(_OUT, F.lit(False)).unionByName(marked, allowMissingColumns=True)


def _merged(commit: Commit, frame: DataFrame, table: Place, port: Merge) -> Written:
    """What the commit reports; each row that gave way was one of its source, too."""
    inserted, updated = commit.count("numTargetRowsInserted"), commit.count("numTargetRowsUpdated")
    offered = commit.count("numSourceRows") - commit.count("numTargetRowsDeleted")
    stale = 0 if offered == inserted + updated else _count_equal(frame, table, port, commit.version - 1)
    return Written(version=commit.version, offered=offered, inserted=inserted, updated=updated, stale=stale)


def _count_equal(frame: DataFrame, table: Place, port: Merge, version: int) -> int:
    names = compared(frame)
    equal = f"{match_sql(port.keys, 's', 't')} AND {content_sql(names, 's')} = {content_sql(names, 't')}"
    before = load(frame.sparkSession, table, version)
    return frame.alias("s").join(before.alias("t"), F.expr(equal)).count()


def _column(name: str) -> Column:
    return F.col(quote(name))
