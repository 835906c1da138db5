"""Histories: every version of a key at its place, whatever order and cut the changes arrive in."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import LedgerUnbalanced, RunError
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Row = dict[str, Any]
Rows = Callable[[Place], list[Row]]
Version = tuple[str, str | None, Any, Any]
KEYS = [f"k{number}" for number in range(20)]
COLUMNS = [
    {"name": "k", "logicalType": "string"},
    {"name": "seq", "logicalType": "integer"},
    {"name": "v", "logicalType": "string"},
]
TERMS = ("superseded", "offered", "inserted", "updated", "stale", "conflicts")


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 1, number, tzinfo=dt.UTC)


@pytest.fixture
def changes(land: Callable[..., Land], output: Any) -> Any:
    """A history of changes to which batches are brought."""
    port = {"write": "history", "keys": ["k"], "sequenceBy": ["seq"], "deleteWhen": "gone"}
    gone = {"name": "gone", "logicalType": "boolean"}
    return output(land([*COLUMNS, gone], {"staged": True}, **port))


@pytest.fixture
def snapshots(land: Callable[..., Land], output: Any) -> Callable[..., Any]:
    """A function from other words of the port to a history of snapshots."""
    port = {"write": "history", "keys": ["k"], "source": "snapshot"}
    return lambda **words: output(land([COLUMNS[0], COLUMNS[2]], {"staged": True}, **port, **words))


def frame_of(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    values = [(row.get("k"), row.get("seq"), row.get("v"), row.get("gone")) for row in rows]
    return spark.createDataFrame(values, "k string, seq bigint, v string, gone boolean")


def versions(rows: Iterable[Row]) -> list[Version]:
    found = list(rows)
    assert all(row["is_current"] == (row["valid_to"] is None) for row in found)
    return sorted(((row["k"], row["v"], row["valid_from"], row["valid_to"]) for row in found), key=str)


def said(cases: list[dict[str, Any]], own: Any, at: Callable[[Any], Any]) -> list[Version]:
    found = []
    for number, case in enumerate(cases):
        for key, value, start, end in case["versions"]:
            (row,) = own(number, [{"k": key}])
            found.append((row["k"], value, at(start), None if end is None else at(end)))
    return sorted(found, key=str)


def test_changes(spark: SparkSession, changes: Any, rows: Rows, beside: Any) -> None:
    cases, turns, own = beside("history", "batches")
    for batch, ledger in turns:
        entry, _ = changes.bring(frame_of(spark, batch))
        assert [getattr(entry, term) for term in TERMS] == ledger
    assert versions(rows(changes.land.table)) == said(cases, own, lambda value: value)


def test_keys_and_sequence_are_found_in_any_case(
    spark: SparkSession, land: Callable[..., Land], output: Any, rows: Rows
) -> None:
    gone = {"name": "gone", "logicalType": "boolean"}
    port = {"write": "history", "keys": ["K"], "sequenceBy": ["SEQ"], "deleteWhen": "Gone"}
    out = output(land([*COLUMNS, gone], {"staged": True}, **port))
    open_, closed = {"k": "a", "seq": 1, "v": "x"}, {"k": "a", "seq": 2, "v": "y", "gone": True}
    out.bring(frame_of(spark, [open_, closed]))
    out.bring(frame_of(spark, [{"k": "a", "seq": 3, "v": "z"}, {**closed, "seq": 4}]))
    assert versions(rows(out.land.table)) == [
        ("a", "x", 1, 2), ("a", "z", 3, 4), ("a", None, 2, 2), ("a", None, 4, 4)
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [[3], [1, 1, 1]])
def test_where_a_row_came_from_decides_nothing(
    spark: SparkSession, land: Callable[..., Land], output: Any, rows: Rows, cut: list[int]
) -> None:
    """The metadata stands before the content, so that it would decide if it were looked at."""
    came = {"name": "_source", "physicalType": "struct<path:string>"}
    torn = {"name": "_rescued_data", "logicalType": "string"}
    port = {"write": "history", "keys": ["k"], "sequenceBy": ["seq"]}
    out = output(land([came, torn, *COLUMNS], {"staged": True}, **port))
    said = [("1", "c", "a", 1, "z"), ("1", "c", "b", 1, "same"), ("2", "b", "b", 1, "same")]
    said += [("3", "a", "a", 1, "a"), ("2", "b", "a", 1, "a"), ("3", "a", "b", 1, "same")]
    frame = spark.createDataFrame(said, "path string, _rescued_data string, k string, seq bigint, v string")
    frame = frame.selectExpr("struct(path) as _source", "_rescued_data", "k", "seq", "v")
    entries, first = [], 1
    for files in cut:
        batch = frame.where(f"_source.path >= {first} and _source.path < {first + files}").repartition(1)
        entries.append(out.bring(batch.orderBy("_rescued_data"))[0])
        first += files
    found = [
        (row["k"], row["v"], row["_source"]["path"], row["_rescued_data"]) for row in rows(out.land.table)
    ]
    assert sorted(found) == [("a", "z", "1", "c"), ("b", "same", "1", "c")]
    assert sum(entry.conflicts for entry in entries) == 2
    assert [(entry.updated, entry.stale) for entry in entries][1:] == [(0, 2)] * (len(cut) - 1)


def by_hand(rows: Iterable[Row]) -> list[Version]:
    """The model of rule 10: a version for each key and sequence, at a tie a delete, then the greater text."""
    best: dict[tuple[str, int], Row] = {}
    for row in rows:
        there = best.get((row["k"], row["seq"]))
        if there is None or (row["gone"], row["v"]) > (there["gone"], there["v"]):
            best[row["k"], row["seq"]] = row
    found = []
    for (key, seq), row in best.items():
        following = min((later for name, later in best if name == key and later > seq), default=None)
        found.append((key, None, seq, seq) if row["gone"] else (key, row["v"], seq, following))
    return sorted(found, key=str)


def test_any_order_and_cut_of_changes_gives_the_models_answer(
    spark: SparkSession, changes: Any, rows: Rows, version: Callable[[Place], int]
) -> None:
    chance = random.Random(10)
    arrived = [
        {
            "k": chance.choice(KEYS),
            "seq": chance.randrange(7),
            "v": chance.choice("xyz"),
            "gone": chance.random() < 0.3,
        }
        for _ in range(150)
    ]
    cuts = [0, *sorted(chance.sample(range(1, len(arrived)), 3)), len(arrived)]
    for start, end in pairwise(cuts):
        flow = chance.choice(["events", "exports"])
        entry, _ = changes.bring(frame_of(spark, arrived[start:end]), flow)
    assert versions(rows(changes.land.table)) == by_hand(arrived)
    stood = version(changes.land.table)
    # The last batch again, as one that a killed run had begun: nothing changes, not even the counts.
    last = changes.numbers[flow] - 1
    assert changes.bring(frame_of(spark, arrived[start:end]), flow, number=last)[0] == entry
    assert (version(changes.land.table), versions(rows(changes.land.table))) == (stood, by_hand(arrived))


def test_snapshots(spark: SparkSession, snapshots: Any, rows: Rows, beside: Any) -> None:
    cases, turns, own = beside("snapshots", "snapshots")
    out = snapshots()
    for number, (batch, ledger) in enumerate(turns, 1):
        entry, _ = out.bring(frame_of(spark, batch).select("k", "v"), clock=day(number))
        assert [getattr(entry, term) for term in TERMS if term != "updated"] == ledger
    assert versions(rows(out.land.table)) == said(cases, own, day)


def test_a_snapshot_that_is_older_or_lacks_too_much_is_refused(
    spark: SparkSession, snapshots: Any, rows: Rows, version: Callable[[Place], int]
) -> None:
    out = snapshots(maxDeleted="30 %")
    three = [{"k": key, "v": "x"} for key in "abc"]

    def bring(batch: list[Row], number: int) -> Any:
        return out.bring(frame_of(spark, batch).select("k", "v"), clock=day(number))[0]

    bring(three, 2)
    stood = version(out.land.table)
    with pytest.raises(RunError, match=r"taken at 2026-01-01 .* cannot follow one of 2026-01-02"):
        bring(three, 1)
    with pytest.raises(RunError, match="cannot follow"):
        bring([*three, {"k": "a", "v": "y"}], 2)
    with pytest.raises(RunError, match="lacks 1 of 3 keys, which is more than maxDeleted: 30 %"):
        bring(three[1:], 3)
    assert version(out.land.table) == stood
    assert bring(three, 2).stale == 3
    assert versions(rows(out.land.table)) == [(key, "x", day(2), None) for key in "abc"]


def test_the_table_says_what_its_columns_are(spark: SparkSession, changes: Any) -> None:
    changes.bring(frame_of(spark, [{"k": "a", "seq": 1}]))
    schema = spark.read.format("delta").load(changes.land.table.location).schema
    assert schema.names == ["k", "seq", "v", "gone", "valid_from", "valid_to", "is_current"]
    assert [schema[name].dataType.simpleString() for name in schema.names[4:]] == [
        "bigint",
        "bigint",
        "boolean",
    ]
    assert schema["valid_to"].metadata["comment"].startswith("When the next version begins")


def one_less(frame: DataFrame) -> DataFrame:
    return frame.where("k <> 'b'")


def one_twice(frame: DataFrame) -> DataFrame:
    return frame.unionByName(frame.where("k = 'b'"))


@pytest.mark.parametrize("sabotage", [one_less, one_twice])
def test_a_version_that_is_lost_or_doubled_before_the_merge_shows(
    spark: SparkSession, changes: Any, snapshots: Any, place: Place, sabotage: Any
) -> None:
    rows = [{"k": key, "seq": 1, "v": "x"} for key in "ac"]
    news = frame_of(spark, [{"k": key, "seq": 2, "v": "x"} for key in "abc"])
    changes.bring(frame_of(spark, rows))
    with pytest.raises(LedgerUnbalanced, match="is not"):
        changes.bring(news, sabotage=sabotage)
    shutil.rmtree(place.location)
    other = snapshots()
    other.bring(frame_of(spark, rows).select("k", "v"), clock=day(1))
    with pytest.raises(LedgerUnbalanced, match="is not"):
        other.bring(news.select("k", "v"), clock=day(2), sabotage=sabotage)
