"""MERGE by keys and sequence: whatever order rows arrive in, the one with the highest sequence stays.

Equal sequence and equal content is a no-op; at equal sequence with different content the greater `to_json` of
all columns wins, and the case is counted as a conflict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.write.commits import Commit, Txn, find_commit, marked_session, require_commit
from lakemesh.write.tables import Written, append

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.places import Place
    from lakemesh.run import Observe
    from lakemesh.spec.outputs import Merge

# Whole microseconds, in one zone: to_json alone leaves out what is behind the milliseconds, and of rows that
# differ there the first to arrive would stay.
_JSON = {
    "ignoreNullFields": "false",
    "timeZone": "UTC",
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}
_HIDDEN = ("__rank", "__tied", "__row", "__first")


def winners(frame: DataFrame, port: Merge, observe: Observe, name: str) -> DataFrame:
    """One row a key, with the highest sequence; what it supersedes is counted under `name`.0 and `name`.1.

    `to_json` is taken of tied rows only: it costs more than the sort does.
    """
    keys = [F.col(quote(key)) for key in port.keys]
    sequence = [F.col(quote(column)).desc_nulls_last() for column in port.sequence_by] or _arrival(frame)
    by_sequence = Window.partitionBy(*keys).orderBy(*sequence)
    peers = by_sequence.rangeBetween(Window.currentRow, Window.currentRow)
    content = F.to_json(F.struct(*(F.col(quote(column)) for column in _content(frame))), _JSON)
    ranked = frame.withColumn("__rank", F.rank().over(by_sequence)).withColumn(
        "__tied", F.when(F.count(F.lit(1)).over(peers) > 1, content)
    )
    behind = F.sum((F.col("__rank") > 1).cast("bigint"))
    highest = observe(ranked, f"{name}.0", {"superseded": behind}).where(F.col("__rank") == 1)
    among_ties = Window.partitionBy(*keys).orderBy(F.col("__tied").desc())
    numbered = highest.withColumn("__row", F.row_number().over(among_ties)).withColumn(
        "__first", F.first("__tied").over(among_ties)
    )
    lost = F.col("__row") > 1
    metrics = {
        "superseded": F.sum(lost.cast("bigint")),
        "conflicts": F.sum((lost & (F.col("__tied") != F.col("__first"))).cast("bigint")),
    }
    return observe(numbered, f"{name}.1", metrics).where(~lost).drop(*_HIDDEN)


def _arrival(frame: DataFrame) -> list[Column]:
    """Without sequenceBy the later arrival wins: an event's place in its hub, a file's time."""
    if "_source" not in frame.columns:
        return [F.lit(0)]
    fields = ("enqueued_time", "sequence_number", "modified", "path")
    return [F.col(f"_source.{field}").desc_nulls_last() for field in fields]


def _content(frame: DataFrame) -> list[str]:
    return [name for name in frame.columns if not name.startswith("_source")]


def merge(
    frame: DataFrame, table: Place, port: Merge, txn: Txn, is_empty: bool, replayed: bool = False
) -> Written:
    """Bring the winners of a batch into the table, in one commit, once for each identity.

    The frame has the table's columns and one row a key. An empty table takes them as a plain append.
    """
    session = frame.sparkSession
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None and is_empty:
        return append(frame, table, txn)
    if commit is None:
        _merge(frame, table, port, txn)
        commit = require_commit(session, table, txn)
    return _counted(commit, frame, table, port)


def _merge(frame: DataFrame, table: Place, port: Merge, txn: Txn) -> None:
    source = frame.alias("s")
    target = table.sql
    on = " AND ".join(f"s.{quote(key)} = {target}.{quote(key)}" for key in port.keys)
    with marked_session(frame.sparkSession, txn):
        (
            source.mergeInto(target, F.expr(on))
            .whenMatched(F.expr(_is_newer(frame, port, "s", target)))
            .updateAll()
            .whenNotMatched()
            .insertAll()
            .merge()
        )


def _is_newer(frame: DataFrame, port: Merge, source: str, target: str) -> str:
    """SQL: whether the source's row takes the place of the target's."""
    differs = f"{_json(frame, source)} > {_json(frame, target)}"
    if not port.sequence_by:
        return f"{_json(frame, source)} <> {_json(frame, target)}"
    ours, theirs = _sequence(port, source), _sequence(port, target)
    return f"{ours} > {theirs} OR ({ours} = {theirs} AND {differs})"


def _sequence(port: Merge, side: str) -> str:
    return f"struct({', '.join(f'{side}.{quote(column)}' for column in port.sequence_by)})"


def _json(frame: DataFrame, side: str) -> str:
    fields = ", ".join(f"{side}.{quote(name)}" for name in frame.columns)
    options = ", ".join(f"'{key}', '{value}'" for key, value in _JSON.items())
    return f"to_json(struct({fields}), map({options}))"


def _counted(commit: Commit, frame: DataFrame, table: Place, port: Merge) -> Written:
    """What the commit reports; rows that changed nothing are counted against the table as it was before."""
    if not commit.count("numSourceRows") and commit.count("numOutputRows"):
        rows = commit.count("numOutputRows")
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
    """How many rows are not newer than the table's at a version, and how many of the same sequence differ."""
    reader = frame.sparkSession.read.format("delta").option("versionAsOf", version)
    before = (reader.load(table.location) if table.platform == "local" else reader.table(table.sql)).alias(
        "t"
    )
    on = " AND ".join(f"s.{quote(key)} = t.{quote(key)}" for key in port.keys)
    pairs = frame.alias("s").join(before, F.expr(on))
    newer = F.coalesce(F.expr(_is_newer(frame, port, "s", "t")), F.lit(False))
    tie = F.expr(f"{_sequence(port, 's')} = {_sequence(port, 't')}") if port.sequence_by else F.lit(False)
    differs = F.expr(f"{_json(frame, 's')} <> {_json(frame, 't')}")
    counted = pairs.agg(
        F.coalesce(F.sum((~newer).cast("bigint")), F.lit(0)).alias("stale"),
        F.coalesce(F.sum((tie & differs).cast("bigint")), F.lit(0)).alias("conflicts"),
    ).first()
    return (int(counted["stale"]), int(counted["conflicts"])) if counted else (0, 0)
