"""MERGE by keys and sequence: whatever order rows arrive in, the one with the highest sequence stays.

Equal sequence and equal content is a no-op; at equal sequence with different content the greater `to_json` of
all columns wins, and the case is counted as a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakemesh.names import is_own, quote
from lakemesh.write.commits import Commit, Txn, find_commit, marked_session, require_commit
from lakemesh.write.content import (
    DELETE,
    arrival,
    compared,
    content,
    content_sql,
    match_sql,
    origin,
    sequence_sql,
)
from lakemesh.write.tables import Written, append_first, load, require_first

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.window import WindowSpec

    from lakemesh.plan.places import Place
    from lakemesh.run import Observe
    from lakemesh.spec.outputs import History, Merge

_ALL, _KEY = "__all", "__key"


def winners(
    frame: DataFrame, port: Merge | History, observe: Observe, name: str, keeps_origin: bool = False
) -> DataFrame:
    """One row a key, with the highest sequence; what it supersedes is counted under `name`.0.

    The rows are sorted once: the second window needs no order. `to_json` is taken of tied rows only: it costs
    more than the sort does. Where the table keeps their origin, the first of those that say the same stays.
    """
    packed = _Packed(frame)
    keys = [F.col(f"{_KEY}{place}") for place in range(len(port.keys))]
    highest, best = F.col("__rank") == 1, Window.partitionBy(*keys)
    ranked = _ranked(packed, port, best, keeps_origin)
    text = F.when(highest & ((F.col("__row") > 1) | F.col("__followed")), packed.text())
    delete = F.lit(False)
    if DELETE in frame.columns:  # a delete is judged on keys and sequence alone, whatever else it carries
        delete = F.col(DELETE)
        text = F.when(~delete, text)
    told = ranked.withColumn("__tied", text)
    place = F.struct(delete.alias("delete"), "__tied", (-F.col("__row")).alias("row"))
    judged = told.withColumn("__best", F.max(F.when(highest, place)).over(best))
    wins = highest & (-F.col("__row") == F.col("__best.row"))
    metrics = {
        "superseded": F.sum((~wins).cast("bigint")),
        "conflicts": F.sum((highest & ~wins & (F.col("__tied") != F.col("__best.__tied"))).cast("bigint")),
    }
    return packed.opened(observe(judged, f"{name}.0", metrics).where(wins))


@dataclass(frozen=True)
class _Packed:
    """Rows as one value each: a shuffle, a sort and two windows copy that at once, not column by column."""

    frame: DataFrame

    def rows(self, port: Merge | History) -> DataFrame:
        """The rows, each whole in a column, beside it its keys and what lakemesh says of it."""
        inside = (F.col(quote(name)) for name in self.frame.columns if not is_own(name))
        keys = (F.col(quote(key)).alias(f"{_KEY}{place}") for place, key in enumerate(port.keys))
        return self.frame.select(F.struct(*inside).alias(_ALL), *keys, *filter(is_own, self.frame.columns))

    def column(self, name: str) -> Column:
        """A column of the frame, in the packed rows."""
        return F.col(name) if is_own(name) else F.col(_ALL).getField(name)

    def text(self) -> Column:
        """The JSON text by which a row is told from others of its sequence."""
        return content(self.column(name).alias(name) for name in compared(self.frame))

    def opened(self, rows: DataFrame) -> DataFrame:
        """Packed rows in the columns of the frame."""
        return rows.select(*(self.column(name).alias(name) for name in self.frame.columns))


def _ranked(packed: _Packed, port: Merge | History, by_key: WindowSpec, keeps_origin: bool) -> DataFrame:
    """The rows of a key, the highest sequence first: rank, place, and whether the next one has the same."""
    frame = packed.frame
    columns = [packed.column(name) for name in port.sequence_by] or arrival(frame) or [F.lit(0)]
    by_sequence = by_key.orderBy(*(column.desc_nulls_last() for column in columns))
    by_place = by_sequence
    if keeps_origin:
        by_place = by_key.orderBy(*(column.desc_nulls_last() for column in columns), *origin(frame))
    sequence = F.struct(*(column.alias(f"c{place}") for place, column in enumerate(columns)))
    return packed.rows(port).withColumns(
        {
            "__rank": F.rank().over(by_sequence),
            "__row": F.row_number().over(by_place),
            "__followed": F.lead(sequence).over(by_place).eqNullSafe(sequence),
        }
    )


def merge(
    frame: DataFrame, table: Place, port: Merge, txn: Txn, is_empty: bool, replayed: bool = False
) -> Written:
    """Bring the winners of a batch into the table, in one commit, once for each identity.

    The frame has the table's columns and one row a key, `__delete` beside them where some are deletes. An
    empty table takes rows without deletes as a plain append.
    """
    session = frame.sparkSession
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None and is_empty and DELETE not in frame.columns:
        return append_first(frame, table, txn)
    if commit is None:
        _merge(frame, table, port, txn)
        commit = require_commit(session, table, txn)
    return _counted(commit, frame, table, port)


def _merge(frame: DataFrame, table: Place, port: Merge, txn: Txn) -> None:
    target = table.sql
    newer = _is_newer(frame, port, "s", target)
    merging = frame.alias("s").mergeInto(target, F.expr(match_sql(port.keys, "s", target)))
    if DELETE in frame.columns:
        merging = merging.whenMatched(F.expr(f"s.{DELETE} AND {_reaches(port, 's', target)}")).delete()
        merging = merging.whenMatched(F.expr(f"NOT s.{DELETE} AND ({newer})")).updateAll()
        merging = merging.whenNotMatched(F.expr(f"NOT s.{DELETE}")).insertAll()
    else:
        merging = merging.whenMatched(F.expr(newer)).updateAll().whenNotMatched().insertAll()
    with marked_session(frame.sparkSession, txn):
        merging.merge()


def _is_newer(frame: DataFrame, port: Merge, source: str, target: str) -> str:
    """SQL: whether the source's row takes the place of the target's."""
    names = compared(frame)
    ours, theirs = content_sql(names, source), content_sql(names, target)
    if not port.sequence_by:
        return f"{ours} <> {theirs}"
    first, second = (sequence_sql(port.sequence_by, side) for side in (source, target))
    return f"{first} > {second} OR ({first} = {second} AND {ours} > {theirs})"


def _reaches(port: Merge, source: str, target: str) -> str:
    """SQL: whether the source's delete takes the target's row away: it is not older."""
    if not port.sequence_by:
        return "true"
    return f"{sequence_sql(port.sequence_by, source)} >= {sequence_sql(port.sequence_by, target)}"


def _counted(commit: Commit, frame: DataFrame, table: Place, port: Merge) -> Written:
    """What the commit reports; rows that changed nothing are counted against the table as it was before."""
    if not commit.count("numSourceRows") and commit.count("numOutputRows"):
        rows = commit.count("numOutputRows")
        require_first(frame.sparkSession, table, commit.version)
        return Written(version=commit.version, offered=rows, inserted=rows)
    done = Written(
        version=commit.version,
        offered=commit.count("numSourceRows"),
        inserted=commit.count("numTargetRowsInserted"),
        updated=commit.count("numTargetRowsUpdated"),
        deleted=commit.count("numTargetRowsDeleted"),
    )
    if done.offered == done.inserted + done.updated + done.deleted:
        return done
    stale, conflicts = _count_stale(frame, table, port, commit.version - 1)
    return replace(done, stale=stale, conflicts=conflicts)


def _count_stale(frame: DataFrame, table: Place, port: Merge, version: int) -> tuple[int, int]:
    """How many rows changed nothing in the table of a version, and how many of the same sequence differ.

    A delete that finds no row, or a newer one, changes nothing.
    """
    before = load(frame.sparkSession, table, version).withColumn("__there", F.lit(True)).alias("t")
    there, newer = F.coalesce(F.col("t.__there"), F.lit(False)), F.expr(_is_newer(frame, port, "s", "t"))
    changes = ~there | F.coalesce(newer, F.lit(False))
    differs = F.expr(f"{content_sql(compared(frame), 's')} <> {content_sql(compared(frame), 't')}")
    tie = F.expr(_tie(port)) & differs
    deletes = DELETE in frame.columns
    if deletes:
        reached = there & F.coalesce(F.expr(_reaches(port, "s", "t")), F.lit(False))
        changes = F.when(F.col(f"s.{DELETE}"), reached).otherwise(changes)
        tie = tie & ~F.col(f"s.{DELETE}")
    pairs = frame.alias("s").join(
        before, F.expr(match_sql(port.keys, "s", "t")), "left" if deletes else "inner"
    )
    counted = pairs.agg(
        F.coalesce(F.sum((~changes).cast("bigint")), F.lit(0)).alias("stale"),
        F.coalesce(F.sum(tie.cast("bigint")), F.lit(0)).alias("conflicts"),
    ).first()
    return (int(counted["stale"]), int(counted["conflicts"])) if counted else (0, 0)


def _tie(port: Merge) -> str:
    if not port.sequence_by:
        return "false"
    return f"{sequence_sql(port.sequence_by, 's')} = {sequence_sql(port.sequence_by, 't')}"
