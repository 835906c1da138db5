"""Overwriting by groups: each group that a batch holds is replaced whole, in one MERGE.

For every group of the table that gives way the MERGE takes one more row, which deletes what it matches; the
rows of the batch match nothing and are inserted. A delete is a row that takes its group away and is not
inserted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.write.commits import Commit, Txn, find_commit, marked_session, require_commit
from lakemesh.write.content import DELETE, arrival, compared, content, match_sql
from lakemesh.write.tables import Written, append_first, load, require_first, written

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.places import Place
    from lakemesh.run import Observe
    from lakemesh.spec.outputs import Overwrite

RECORD = "__record"
"""The number of the record that a row comes from, within its batch."""
_SOURCE, _NEW, _OUT = "_source", "__fresh", "__out"
_RECORD = ("path", "partition", "sequence_number")


def newest(frame: DataFrame, port: Overwrite, observe: Observe, name: str) -> DataFrame:
    """The rows of the highest sequence of each group; what they supersede is counted under `name`.0, .1, .3.

    Where a group came with several records of that sequence, one record's rows stay: those whose sorted JSON
    texts are greater, of equal ones the first. A record is told by its number in the batch, without one by
    `_source`; rows with neither belong to one. Of a group with a delete of that sequence nothing but one
    delete stays.
    """
    if not port.sequence_by:
        return frame
    groups = [_column(name) for name in port.by]
    sequence = [_column(column).desc() for column in port.sequence_by]
    ranked = frame.withColumn("__rank", F.rank().over(Window.partitionBy(*groups).orderBy(*sequence)))
    behind = F.sum((F.col("__rank") > 1).cast("bigint"))
    highest = observe(ranked, f"{name}.0", {"superseded": behind}).where(F.col("__rank") == 1).drop("__rank")
    if DELETE in frame.columns:
        highest = _deletes_win(highest, groups, observe, f"{name}.3")
    return _one_record(highest, groups, observe, name) if _SOURCE in frame.columns else highest


def _deletes_win(frame: DataFrame, groups: list[Column], observe: Observe, name: str) -> DataFrame:
    first = F.row_number().over(Window.partitionBy(*groups).orderBy(F.col(DELETE).desc())) == 1
    deleted = F.max(DELETE).over(Window.partitionBy(*groups))
    told = frame.withColumn("__lost", deleted & ~first)
    counted = observe(told, name, {"superseded": F.sum(F.col("__lost").cast("bigint"))})
    return counted.where(~F.col("__lost")).drop("__lost")


def _one_record(frame: DataFrame, groups: list[Column], observe: Observe, name: str) -> DataFrame:
    whole = Window.partitionBy(*groups)
    told = frame if RECORD in frame.columns else frame.withColumn(RECORD, _place())
    several = F.min(RECORD).over(whole) != F.max(RECORD).over(whole)
    text = F.when(several, content(compared(frame)))
    told = told.withColumn("__text", text)
    texts = F.array_sort(F.collect_list("__text").over(Window.partitionBy(*groups, RECORD)))
    told = told.withColumn("__texts", F.when(several, F.array_join(texts, ",")))
    order = whole.orderBy(F.col("__texts").desc(), *arrival(frame), F.col(RECORD))
    told = told.withColumn("__first", F.first(F.struct("__texts", RECORD)).over(order))
    lost = several & (F.col(RECORD) != F.col(f"__first.{RECORD}"))
    told = told.withColumn("__lost", F.coalesce(lost, F.lit(False)))
    differs = F.col("__lost") & (F.col("__texts") != F.col("__first.__texts"))
    metrics = {
        "superseded": F.sum(F.col("__lost").cast("bigint")),
        "conflicts": F.sum(differs.cast("bigint")),
    }
    rest = observe(told, f"{name}.1", metrics).where(~F.col("__lost"))
    return rest.drop(RECORD, "__text", "__texts", "__first", "__lost")


def _place() -> Column:
    return F.struct(*(F.col(f"{_SOURCE}.{field}") for field in _RECORD))


def replace_groups(
    frame: DataFrame, table: Place, port: Overwrite, txn: Txn, is_empty: bool, replayed: bool
) -> Written:
    """Replace the groups that the frame holds, in one commit, once for each identity.

    With sequenceBy a group gives way to a newer one alone, and at equal sequence to a delete or to the one
    whose sorted JSON texts are greater.
    """
    session = frame.sparkSession
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None and is_empty and DELETE not in frame.columns:
        return append_first(frame, table, txn)
    if commit is None:
        _merge(frame, load(session, table), table, port, txn)
        commit = require_commit(session, table, txn)
    return _counted(commit, frame, table, port)


def _merge(frame: DataFrame, before: DataFrame, table: Place, port: Overwrite, txn: Txn) -> None:
    judged = _judged(_told(frame), before, port)
    groups = judged.where(F.col(_OUT)).select(*map(_column, port.by)).distinct()
    names = dict.fromkeys((*frame.columns, DELETE))
    rows = judged.select(*map(_column, names), _NEW, F.lit(False).alias(_OUT))
    markers = groups.withColumns({_NEW: F.lit(False), _OUT: F.lit(True)})
    source = rows.unionByName(markers, allowMissingColumns=True).alias("s")
    on = f"s.{_OUT} AND {match_sql(port.by, 's', table.sql)}"
    with marked_session(frame.sparkSession, txn):
        (
            source.mergeInto(table.sql, F.expr(on))
            .whenMatched()
            .delete()
            .whenNotMatched(F.expr(f"s.{_NEW} AND NOT s.{DELETE}"))
            .insertAll()
            .merge()
        )


def _told(frame: DataFrame) -> DataFrame:
    return frame if DELETE in frame.columns else frame.withColumn(DELETE, F.lit(False))


def _judged(frame: DataFrame, before: DataFrame, port: Overwrite) -> DataFrame:
    """The rows with `__fresh`, whether their group is written, and `__out`, whether the table's gives way."""
    theirs = _groups(_told(_touched(frame, before, port)), compared(frame), port).alias("t")
    ours = _groups(frame, compared(frame), port).alias("g")
    on = match_sql(port.by, "g", "t")
    there = F.col("t.size").isNotNull()
    fresh = ~there | F.coalesce(F.col("g.rank") > F.col("t.rank"), F.lit(False))
    equal = there & F.col("g.rank.at").eqNullSafe(F.col("t.rank.at"))
    differs = (F.col("g.rank.texts") != F.col("t.rank.texts")) & ~F.col("g.rank.deleted")
    if not port.sequence_by:
        fresh, equal = F.lit(True), F.lit(False)
    verdicts = ours.join(theirs, F.expr(on), "left").select(
        *(F.col(f"g.{quote(name)}").alias(f"__by_{number}") for number, name in enumerate(port.by)),
        fresh.alias(_NEW),
        (fresh & there).alias(_OUT),
        (equal & differs).alias("__conflict"),
    )
    pairs = [F.col(f"__by_{number}") == _column(name) for number, name in enumerate(port.by)]
    told = frame.join(verdicts, pairs)
    return told.drop(*(f"__by_{number}" for number, _ in enumerate(port.by)))


def _touched(frame: DataFrame, before: DataFrame, port: Overwrite) -> DataFrame:
    groups = frame.select(*map(_column, port.by)).distinct().alias("g")
    return before.alias("t").join(groups, F.expr(match_sql(port.by, "t", "g")), "left_semi")


def _groups(frame: DataFrame, names: list[str], port: Overwrite) -> DataFrame:
    """Each group with its size and its rank: its sequence, whether it is deleted, its rows' sorted texts."""
    at = F.max(F.struct(*map(_column, port.sequence_by))) if port.sequence_by else F.lit(0)
    texts = F.array_join(F.array_sort(F.collect_list(content(names))), ",")
    said = texts if port.sequence_by else F.lit("")
    rank = F.struct(at.alias("at"), F.max(DELETE).alias("deleted"), said.alias("texts"))
    return frame.groupBy(*map(_column, port.by)).agg(F.count(F.lit(1)).alias("size"), rank.alias("rank"))


def _counted(commit: Commit, frame: DataFrame, table: Place, port: Overwrite) -> Written:
    """What the commit reports of the offered rows: what it took, less a row for each group that gave way."""
    if not commit.count("numSourceRows") and commit.count("numOutputRows"):
        require_first(frame.sparkSession, table, commit.version)
        return written(commit)
    taken, inserted = commit.count("numSourceRows"), commit.count("numTargetRowsInserted")
    if taken == inserted:
        return Written(version=commit.version, offered=taken, inserted=inserted)
    before = load(frame.sparkSession, table, commit.version - 1)
    judged = _judged(_told(frame), before, port)
    out = F.when(F.col(_OUT), F.struct(*map(_column, port.by)))
    row = judged.agg(
        F.size(F.collect_set(out)).alias("groups"),
        F.count_if(F.col(DELETE) & F.col(_OUT)).alias("deleted"),
        F.count_if(F.when(F.col(DELETE), ~F.col(_OUT)).otherwise(~F.col(_NEW))).alias("stale"),
        F.count_if(F.col("__conflict")).alias("conflicts"),
    ).first()
    counts = {name: int(count) for name, count in row.asDict().items()} if row else {"groups": 0}
    groups = counts.pop("groups")
    return Written(version=commit.version, offered=taken - groups, inserted=inserted, **counts)


def _column(name: str) -> Column:
    return F.col(quote(name))
