"""MERGE by keys and sequence: one answer in whatever order rows arrive, every offered row accounted for."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import LedgerUnbalanced
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land
from lakemesh.runner.tally import Tally
from lakemesh.spec.columns import struct_of
from lakemesh.write import settle, write
from lakemesh.write.commits import Txn
from lakemesh.write.tables import Written, ensure_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CLOCK = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
Lands = Callable[..., Land]
Row = tuple[str, int, str | None]
COLUMNS = [
    {"name": "k", "logicalType": "string"},
    {"name": "seq", "logicalType": "integer"},
    {"name": "v", "logicalType": "string"},
]
# Ties with the same content, ties with another, a NULL in the content, keys that come once.
ROWS: list[Row] = [
    ("a", 1, "old"), ("a", 3, "new"), ("a", 2, "mid"), ("a", 3, "new"),
    ("b", 5, "x"), ("b", 5, "y"), ("b", 5, None), ("b", 4, "z"),
    ("c", 1, "one"), ("d", 7, None), ("d", 7, "d"), ("e", 2, "e"), ("e", 1, "late"),
]  # fmt: skip
FINAL = {"a": (3, "new"), "b": (5, None), "c": (1, "one"), "d": (7, None), "e": (2, "e")}


def frame_of(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    return spark.createDataFrame(list(rows), "k string, seq bigint, v string")


def bring(frame: DataFrame, stage: Land, txn: Txn, replayed: bool = False) -> Written:
    """A batch into the table, as the runner brings it."""
    columns = struct_of(stage.columns or ())
    found = ensure_table(frame.sparkSession, stage, columns)
    offered = settle(frame, stage, Tally(), "settle").select(*columns.names)
    return write(offered, stage, found, txn, replayed, CLOCK)


def content(rows: list[dict[str, Any]]) -> dict[str, tuple[int, str | None]]:
    assert len({row["k"] for row in rows}) == len(rows)
    return {row["k"]: (row["seq"], row["v"]) for row in rows}


def by_hand(rows: Iterable[Row]) -> dict[str, tuple[int, str | None]]:
    """The model: the highest sequence, at a tie the greater JSON text."""
    best: dict[str, Row] = {}
    for row in rows:
        key = row[0]
        if key not in best or _rank(row) > _rank(best[key]):
            best[key] = row
    return {key: row[1:] for key, row in best.items()}


def _rank(row: Row) -> tuple[int, str]:
    return row[1], json.dumps({"k": row[0], "seq": row[1], "v": row[2]}, separators=(",", ":"))


def test_the_model_says_what_the_rows_were_made_for() -> None:
    assert by_hand(ROWS) == FINAL


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival_gives_one_content(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any], seed: int
) -> None:
    stage = land(COLUMNS, write="merge", keys=["k"], sequenceBy=["seq"])
    chance = random.Random(seed)
    arrived = chance.sample(ROWS, len(ROWS))
    cuts = [0, *sorted(chance.sample(range(1, len(ROWS)), 2)), len(ROWS)]
    done: dict[str, int] = {"events": 0, "exports": 0}
    for start, end in pairwise(cuts):
        flow = chance.choice(list(done))
        written = bring(frame_of(spark, arrived[start:end]), stage, Txn(f"p/{flow}/g/out", done[flow]))
        done[flow] += 1
        assert written.offered == written.inserted + written.updated + written.stale, written
    assert content(rows(place)) == by_hand(ROWS)


def test_every_offered_row_is_accounted_for(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any]
) -> None:
    stage = land(COLUMNS, write="merge", keys=["k"], sequenceBy=["seq"])
    bring(
        frame_of(spark, [("a", 1, "x"), ("b", 5, "m"), ("c", 5, "m"), ("d", 5, "same")]), stage, Txn("t", 0)
    )
    news = frame_of(
        spark,
        [
            ("a", 2, "newer"),
            ("b", 5, "greater"),
            ("c", 5, "z"),
            ("d", 5, "same"),
            ("e", 1, "new"),
            ("d", 1, "old"),
        ],
    )
    tally = Tally()
    offered = settle(news, stage, tally, "settle")
    found = ensure_table(spark, stage, struct_of(stage.columns or ()))
    written = write(offered, stage, found, Txn("t", 1), False, CLOCK)
    assert (written.offered, written.inserted, written.updated, written.stale, written.conflicts) == (
        5,
        1,
        2,
        2,
        2,
    )
    assert tally.get("settle.0") == {"superseded": 1, "conflicts": 0}
    assert content(rows(place)) == {
        "a": (2, "newer"), "b": (5, "m"), "c": (5, "z"), "d": (5, "same"), "e": (1, "new")
    }  # fmt: skip
    # The same batch again, and once more as one that was begun before: nothing changes, not even the counts.
    for replayed in (False, True):
        assert bring(news, stage, Txn("t", 1), replayed) == written
    stale = bring(news, stage, Txn("t", 2))
    assert (stale.offered, stale.stale, stale.conflicts) == (5, 5, 1)
    nothing = bring(frame_of(spark, []), stage, Txn("t", 3))
    assert (nothing.offered, nothing.stale) == (0, 0)
    assert bring(frame_of(spark, []), stage, Txn("t", 3), replayed=True).offered == 0


def test_ties_within_a_batch_are_superseded_and_conflicts_counted(spark: SparkSession, land: Lands) -> None:
    stage = land(COLUMNS, write="merge", keys=["k"], sequenceBy=["seq"])
    tally = Tally()
    settled = settle(frame_of(spark, ROWS), stage, tally, "settle").collect()
    assert content([row.asDict() for row in settled]) == by_hand(ROWS)
    lost = tally.get("settle.0")
    assert lost["superseded"] == len(ROWS) - len(FINAL)
    # b: x and y against NULL, whose JSON is greater; d against NULL. The second ("a", 3, "new") is none.
    assert lost["conflicts"] == 3


def test_of_rows_that_say_the_same_the_first_stays(spark: SparkSession, land: Lands) -> None:
    came = {"name": "_source", "physicalType": "struct<path:string>"}
    stage = land([came, *COLUMNS], write="merge", keys=["k"], sequenceBy=["seq"])
    values = ", ".join(
        f"('{path}', 'a', {seq}L, 'x')" for path, seq in [("3", 2), ("1", 2), ("2", 2), ("0", 1)]
    )
    frame = spark.sql(f"select struct(path) as _source, k, seq, v from values {values} as t(path, k, seq, v)")
    tally = Tally()
    (kept,) = settle(frame, stage, tally, "settle").collect()
    assert (kept["seq"], kept["_source"]["path"]) == (2, "1")
    assert tally.get("settle.0") == {"superseded": 3, "conflicts": 0}


def test_a_row_that_is_doubled_by_a_union_before_the_merge_shows(
    spark: SparkSession, land: Lands, output: Any
) -> None:
    """The plan stands twice in what is written then, and of its counts those of either part are told."""
    stage = land(COLUMNS, write="merge", keys=["k"], sequenceBy=["seq"])
    said: list[Row] = [("a", 1, "x"), ("a", 2, "y"), ("b", 1, "z")]
    with pytest.raises(LedgerUnbalanced, match=r"checked 3 is not .* superseded 1 \+ offered 3"):
        output(stage).bring(frame_of(spark, said), sabotage=lambda frame: frame.union(frame.limit(1)))


def test_microseconds_and_nan_tell_rows_apart(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any]
) -> None:
    columns = [
        {"name": "k", "logicalType": "string"},
        {"name": "seq", "logicalType": "integer"},
        {"name": "at", "logicalType": "timestamp"},
        {"name": "plain", "physicalType": "timestamp_ntz"},
        {"name": "x", "logicalType": "number"},
    ]
    stage = land(columns, write="merge", keys=["k"], sequenceBy=["seq"])

    def at(key: str, micros: int, x: str = "1.0") -> str:
        moment = f"2026-01-01 00:00:00.{micros:06}"
        zoned = f"timestamp'{moment}'" if key == "t" else "timestamp'2026-01-01'"
        plain = f"timestamp_ntz'{moment}'" if key == "n" else "timestamp_ntz'2026-01-01'"
        return f"select '{key}' as k, 1L as seq, {zoned} as at, {plain} as plain, double('{x}') as x"

    batches = [[at("t", 2), at("n", 1), at("f", 0, "NaN")], [at("t", 1), at("n", 2), at("f", 0, "1.0")]]
    for number, batch in enumerate(batches):
        written = bring(spark.sql(" union all ".join(batch)), stage, Txn("t", number))
    assert (written.offered, written.conflicts, written.stale + written.updated) == (3, 3, 3)
    found = {row["k"]: row for row in rows(place)}
    assert (found["t"]["at"].microsecond, found["n"]["plain"].microsecond) == (2, 2)


def test_without_a_sequence_the_later_arrival_wins(
    spark: SparkSession, land: Lands, place: Place, rows: Callable[[Place], Any]
) -> None:
    stage = land(COLUMNS, write="merge", keys=["k"])
    source = (
        "named_struct('enqueued_time', timestamp'2026-01-0{0}', 'sequence_number', {0}L, 'modified', null,"
        " 'path', null)"
    )
    frame = spark.sql(
        " union all ".join(
            f"select 'a' as k, {9 - n}L as seq, '{n}' as v, {source.format(n)} as _source" for n in (1, 3, 2)
        )
    )
    assert bring(frame, stage, Txn("t", 0)).offered == 1
    assert content(rows(place)) == {"a": (6, "3")}
    second = bring(frame_of(spark, [("a", 1, "later")]), stage, Txn("t", 1))
    assert (second.updated, second.stale) == (1, 0)
    same = bring(frame_of(spark, [("a", 1, "later")]), stage, Txn("t", 2))
    assert (same.updated, same.stale, same.conflicts) == (0, 1, 0)
