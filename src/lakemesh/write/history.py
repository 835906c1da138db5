"""Every version of each key (SCD 2), in one MERGE on keys and valid_from.

From changes, every distinct pair of keys and sequence is one version, and a delete is a version that ends
where it begins; so late rows find their place, and any order and cut of the batches gives one table. From
snapshots, a row that differs from the open version opens a new one at the snapshot's instant, and absent keys
are closed.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.spec.types import Struct
from lakemesh.spec.versions import CURRENT, FROM, TO, VERSION, instant_of, version_columns
from lakemesh.write.commits import Commit, Txn, find_commit, marked_session, require_commit
from lakemesh.write.content import DELETE, compared, content, content_sql, data_of, match_sql, origin
from lakemesh.write.snapshots import compare, require_sound
from lakemesh.write.tables import Written, append_first, load, require_first, written

if TYPE_CHECKING:
    import datetime as dt

    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Land
    from lakemesh.run import Observe
    from lakemesh.spec.outputs import History

_SOURCE = "_source"
_NEW, _BOTH = "__new", "__both"


def with_versions(land: Land, port: History, shape: Struct) -> tuple[Land, Struct]:
    """The output as its table is: the contract's columns and those of a history."""
    instant = instant_of(port, shape.get(port.sequence_by[0]) if port.sequence_by else None)
    if instant is None:
        raise ValueError(f"output '{land.name}' has no sequence")
    added = version_columns(instant)
    columns = (*(land.columns or ()), *added)
    fields = (*shape.fields, *((column.name, column.data_type) for column in added))
    return land.model_copy(update={"columns": columns}), Struct(fields)


def distinct(frame: DataFrame, port: History, observe: Observe, name: str) -> DataFrame:
    """One row for each version, with its valid_from; a delete keeps its keys and sequence alone.

    Of equal keys and sequence a delete wins, then the greater JSON text, then what came first; what they
    supersede is counted under `name`.
    """
    (sequence,) = port.sequence_by
    told = _blank(frame, port).withColumn(FROM, F.col(quote(sequence)))
    same = Window.partitionBy(*map(_column, (*port.keys, FROM)))
    deletes = [F.col(DELETE)] if DELETE in frame.columns else []
    several = F.count(F.lit(1)).over(same) > 1
    tied = reduce(and_, (~delete for delete in deletes), several)
    order = same.orderBy(*(delete.desc() for delete in deletes), F.col("__tied").desc(), "__record")
    ranked = (
        told.withColumn("__tied", F.when(tied, content(_told_apart(frame))))
        .withColumn("__record", F.when(several, F.struct(F.lit(0), *origin(frame))))
        .withColumn("__row", F.row_number().over(order))
        .withColumn("__first", F.first("__tied").over(order))
    )
    lost = F.col("__row") > 1
    metrics = {
        "superseded": F.sum(lost.cast("bigint")),
        "conflicts": F.sum((lost & (F.col("__tied") != F.col("__first"))).cast("bigint")),
    }
    return observe(ranked, name, metrics).where(~lost).drop("__tied", "__record", "__row", "__first")


def _blank(frame: DataFrame, port: History) -> DataFrame:
    """What a delete says beside keys and sequence is judged by nobody, and would depend on who came first."""
    if DELETE not in frame.columns:
        return frame
    kept = {*port.keys, *port.sequence_by, DELETE, _SOURCE}
    return frame.select(
        *(
            _column(name) if name in kept else F.when(~F.col(DELETE), _column(name)).alias(name)
            for name in frame.columns
        )
    )


def write_history(
    frame: DataFrame,
    table: Place,
    port: History,
    txn: Txn,
    at: dt.datetime,
    found: tuple[bool, bool],
    aside: DataFrame | None = None,
) -> Written:
    """Bring the versions of a batch into the table, in one commit, once for each identity.

    The frame has the contract's columns; from changes valid_from, and `__delete` where some are deletes. `at`
    is the instant of a snapshot, and `aside` has its rows that were set aside, whose keys are not absent;
    `found` says whether the table is empty and whether this is a replay.
    Raises RunError for a snapshot that is older than the table, or that lacks more keys than the port allows.
    """
    session, (is_empty, replayed) = frame.sparkSession, found
    offered = frame.withColumn(FROM, F.lit(at)) if port.source == "snapshot" else frame
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None and is_empty:
        first = _versions(_marked(offered), port)
        return append_first(first.drop(DELETE, _NEW), table, txn)
    if commit is None:
        before = load(session, table)
        if port.source == "snapshot":
            require_sound(offered, before, port, at, aside)
            source = _snapshot(offered, compare(offered, before, port, aside), at)
        else:
            source = _changes(offered, before, port)
        _merge(source, table, port, txn)
        commit = require_commit(session, table, txn)
    return _counted(commit, offered, table, port)


def _marked(frame: DataFrame) -> DataFrame:
    """The offered rows as new versions."""
    told = frame if DELETE in frame.columns else frame.withColumn(DELETE, F.lit(False))
    return told.withColumn(_NEW, F.lit(True))


def _changes(frame: DataFrame, before: DataFrame, port: History) -> DataFrame:
    """The batch united with the old versions of its keys, each ending where the next begins."""
    names = [*_data(frame), FROM]
    marked = _touched(frame, before, port).select(
        *map(_column, names), _is_ended().alias(DELETE), F.lit(False).alias(_NEW)
    )
    return _versions(_marked(frame).unionByName(marked), port)


def _touched(frame: DataFrame, before: DataFrame, port: History) -> DataFrame:
    keys = frame.select(*map(_column, port.keys)).distinct()
    return before.alias("t").join(keys.alias("k"), F.expr(match_sql(port.keys, "t", "k")), "left_semi")


def _is_ended() -> Column:
    """Whether a version of the table ends where it begins: it is a delete."""
    return F.coalesce(F.col(FROM) == F.col(TO), F.lit(False))


def _versions(rows: DataFrame, port: History) -> DataFrame:
    """The versions with their ends. Where an old one and a new one meet, one row stands for both.

    It is the new one, which is counted, with the content of whichever wins: the old one, if they are equal.
    """
    same = Window.partitionBy(*map(_column, (*port.keys, FROM)))
    names = [*_data(rows), DELETE]
    told = rows.withColumn(_BOTH, F.max(_NEW).over(same) & ~F.min(_NEW).over(same))
    rank = F.when(F.col(_BOTH), F.struct(_rank(_told_apart(rows)), ~F.col(_NEW)))
    held = F.max_by(F.struct(*map(_column, names)), F.col("__rank")).over(same)
    ranked = told.withColumn("__rank", rank).withColumn("__held", held)
    kept = ranked.where(F.col(_NEW) | ~F.col(_BOTH)).select(
        *(F.when(F.col(_BOTH), F.col(f"__held.{quote(n)}")).otherwise(_column(n)).alias(n) for n in names),
        FROM,
        _NEW,
    )
    following = F.lead(FROM).over(Window.partitionBy(*map(_column, port.keys)).orderBy(FROM))
    ends = kept.withColumn(TO, F.when(F.col(DELETE), F.col(FROM)).otherwise(following))
    return ends.withColumn(CURRENT, F.col(TO).isNull())


def _rank(names: list[str]) -> Column:
    """What decides between two rows of one version: a delete, then the greater JSON text."""
    return F.struct(F.col(DELETE), F.when(~F.col(DELETE), content(names)))


def _snapshot(frame: DataFrame, pairs: DataFrame, at: dt.datetime) -> DataFrame:
    """Every row of the snapshot, as the version that it opens or leaves open; and what it closes."""
    names = [*_data(frame), FROM]
    now = pairs.where("s IS NOT NULL").select(
        *(F.col(f"s.{quote(name)}").alias(name) for name in names[:-1]),
        F.when(F.col("same"), F.col(f"t.{FROM}")).otherwise(F.lit(at)).alias(FROM),
        F.lit(None).cast("timestamp").alias(TO),
        F.lit(True).alias(CURRENT),
    )
    closed = pairs.where("t IS NOT NULL AND NOT same").select(
        *(F.col(f"t.{quote(name)}").alias(name) for name in names),
        F.lit(at).alias(TO),
        F.lit(False).alias(CURRENT),
    )
    return now.unionByName(closed).withColumn(_NEW, F.lit(False))


def _merge(source: DataFrame, table: Place, port: History, txn: Txn) -> None:
    target = table.sql
    names = [name for name in _told_apart(source) if name not in port.keys]
    on = match_sql((*port.keys, FROM), "s", target)
    differs = f"{content_sql(names, 's')} <> {content_sql(names, target)}" if names else "false"
    changed = f"NOT (s.{TO} <=> {target}.{TO}) OR (s.{_NEW} AND {differs})"
    merging = source.alias("s").mergeInto(target, F.expr(on))
    with marked_session(source.sparkSession, txn):
        merging.whenMatched(F.expr(changed)).updateAll().whenNotMatched().insertAll().merge()


def _counted(commit: Commit, frame: DataFrame, table: Place, port: History) -> Written:
    """What the commit reports of the offered rows: what it took, less the old versions that stood beside."""
    if not commit.count("numSourceRows") and commit.count("numOutputRows"):
        require_first(frame.sparkSession, table, commit.version)
        return written(commit)
    taken, inserted = commit.count("numSourceRows"), commit.count("numTargetRowsInserted")
    if taken == inserted:
        return Written(version=commit.version, offered=taken, inserted=inserted)
    before = load(frame.sparkSession, table, commit.version - 1)
    if port.source == "snapshot":
        beside, counts = commit.count("numTargetRowsUpdated"), {"stale": F.count_if(F.col("same"))}
        counted = _count(compare(frame, before, port), counts)
    else:
        counted = _count(*_meetings(frame, before, port))
        beside = counted.pop("beside")
    return Written(version=commit.version, offered=taken - beside, inserted=inserted, **counted)


def _meetings(frame: DataFrame, before: DataFrame, port: History) -> tuple[DataFrame, dict[str, Column]]:
    """The old versions of the keys that a batch touches, each with the new one that it meets."""
    told = [_rank(_told_apart(frame)).alias("rank"), *map(_column, (*port.keys, FROM))]
    ours = _marked(frame).select(*told).alias("s")
    theirs = _touched(frame, before, port).withColumn(DELETE, _is_ended()).select(*told).alias("t")
    pairs = theirs.join(ours, F.expr(match_sql((*port.keys, FROM), "s", "t")), "left")
    wins = F.col("s.rank") > F.col("t.rank")
    rows = ~F.col(f"s.rank.{DELETE}") & ~F.col(f"t.rank.{DELETE}")
    return pairs, {
        "beside": F.count_if(F.col("s.rank").isNull()),
        "updated": F.count_if(wins),
        "stale": F.count_if(~wins),
        "conflicts": F.count_if(rows & (F.col("s.rank") != F.col("t.rank"))),
    }


def _count(frame: DataFrame, counts: dict[str, Column]) -> dict[str, int]:
    row = frame.agg(*(column.alias(name) for name, column in counts.items())).first()
    return {name: int(row[name]) for name in counts} if row else {}


def _data(frame: DataFrame) -> list[str]:
    return [name for name in data_of(frame) if name not in VERSION]


def _told_apart(frame: DataFrame) -> list[str]:
    return [name for name in compared(frame) if name not in VERSION]


def _column(name: str) -> Column:
    return F.col(quote(name))
