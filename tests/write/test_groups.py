"""Overwriting by groups and of a slice: what a batch holds is replaced whole, everything else stays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import LedgerUnbalanced
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Row = dict[str, Any]
Rows = Callable[[Place], list[Row]]
COLUMNS = [
    {"name": "k", "logicalType": "string"},
    {"name": "seq", "logicalType": "integer"},
    {"name": "v", "logicalType": "string"},
]
TERMS = ("superseded", "offered", "inserted", "stale", "conflicts")


@pytest.fixture
def make(land: Callable[..., Land], output: Any) -> Callable[..., Any]:
    """A function from the words of an overwrite to the output to which batches are brought."""
    return lambda **port: output(land(COLUMNS, {"staged": True}, write="overwrite", **port))


def frame_of(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    from pyspark.sql import functions as F

    values = [(row.get("k"), row.get("seq"), row.get("v"), row.get("from", "one")) for row in rows]
    frame = spark.createDataFrame(values, "k string, seq bigint, v string, path string")
    source = F.struct(
        "path", F.lit(None).cast("string").alias("partition"), F.lit(0).alias("sequence_number")
    )
    return frame.withColumn("_source", source).drop("path")


def content(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    return sorted(((row["k"], row["seq"], row["v"]) for row in rows), key=str)


def test_groups(spark: SparkSession, make: Any, rows: Rows, beside: Any) -> None:
    cases, turns, own = beside("groups", "batches")
    out = make(by=["k"], sequenceBy=["seq"])
    aside = []
    for batch, ledger in turns:
        entry, found = out.bring(frame_of(spark, batch))
        assert [getattr(entry, term) for term in TERMS] == ledger
        aside += found
    wanted = [
        {"k": k, "seq": seq, "v": v} for n, case in enumerate(cases) for k, seq, v in _own(own, n, case)
    ]
    assert content(rows(out.land.table)) == content(wanted)
    number = next(n for n, case in enumerate(cases) if "quarantine" in case)
    broken = [own(number, [{"k": key}])[0]["k"] for key, _ in cases[number]["quarantine"]]
    rules = [rules for _, rules in cases[number]["quarantine"]]
    assert sorted(aside, key=str) == sorted(zip(broken, rules, strict=True), key=str)


def _own(own: Any, number: int, case: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(own(number, [{"k": key}])[0]["k"], seq, v) for key, seq, v in case["table"]]


def by_hand(records: Iterable[list[Row]]) -> list[tuple[Any, ...]]:
    """The model: the newest record of each group, at a tie a delete or whose sorted texts are greater."""
    best: dict[str, tuple[int, bool, list[str]]] = {}
    for record in records:
        key, texts = record[0]["k"], sorted(row["v"] for row in record)
        rank = (record[0]["seq"], "void" in texts, texts)
        best[key] = max(best.get(key, rank), rank)
    there = {key: (seq, texts) for key, (seq, is_deleted, texts) in best.items() if not is_deleted}
    return content({"k": key, "seq": seq, "v": v} for key, (seq, texts) in there.items() for v in texts)


def test_any_order_and_cut_gives_the_models_answer(spark: SparkSession, make: Any, rows: Rows) -> None:
    chance = random.Random(3)
    records = []
    for number in range(60):
        head = {"k": f"k{chance.randrange(12)}", "seq": chance.randrange(4), "from": str(number)}
        values = ["void"] if number % 5 == 0 else "xyz"
        records.append([{**head, "v": chance.choice(values)} for _ in range(chance.randrange(1, 4))])
    out = make(by=["k"], sequenceBy=["seq"], deleteWhen="v = 'void'")
    cuts = [0, *sorted(chance.sample(range(1, len(records)), 3)), len(records)]
    for start, end in pairwise(cuts):
        batch = [row for record in records[start:end] for row in record]
        out.bring(frame_of(spark, batch), chance.choice(["events", "exports"]))
    assert content(rows(out.land.table)) == by_hand(records)


def test_a_delete_takes_its_group_away_and_keeps_older_rows_out(
    spark: SparkSession, make: Any, rows: Rows
) -> None:
    out = make(by=["k"], sequenceBy=["seq"], deleteWhen="v = 'void'")
    terms = ("checked", "superseded", "offered", "inserted", "deleted", "stale", "conflicts")

    def bring(*said: tuple[str, int, str]) -> list[int]:
        entry, _ = out.bring(frame_of(spark, [{"k": k, "seq": seq, "v": v} for k, seq, v in said]))
        return [getattr(entry, term) or 0 for term in terms]

    # b is never written: two rows of its delete are one, which finds nothing.
    first = [("a", 1, "x"), ("a", 1, "y"), ("b", 2, "x"), ("b", 2, "void"), ("b", 2, "void"), ("c", 1, "x")]
    assert bring(*first) == [6, 2, 4, 3, 0, 1, 0]
    assert content(rows(out.land.table)) == [("a", 1, "x"), ("a", 1, "y"), ("c", 1, "x")]
    # a goes; the delete of c is late, and so is a row of b from before its delete.
    assert bring(("a", 2, "void"), ("c", 0, "void"), ("b", 1, "x")) == [3, 1, 2, 0, 1, 1, 0]
    assert bring(("a", 2, "z"), ("b", 3, "back"), ("c", 2, "x")) == [3, 1, 2, 2, 0, 0, 0]
    assert content(rows(out.land.table)) == [("b", 3, "back"), ("c", 2, "x")]


def test_groups_of_a_snapshot_are_replaced_whatever_they_hold(
    spark: SparkSession, make: Any, rows: Rows, version: Callable[[Place], int]
) -> None:
    out = make(by=["k", "seq"])
    out.bring(frame_of(spark, [{"k": "a", "seq": 1, "v": "x"}, {"k": "a", "seq": 2, "v": "y"}]))
    news = frame_of(spark, [{"k": "a", "seq": 1, "v": v} for v in "pq"])
    entry, _ = out.bring(news)
    assert (entry.offered, entry.inserted, entry.stale) == (2, 2, 0)
    stood = version(out.land.table)
    again, _ = out.bring(news, number=1)
    assert (again, version(out.land.table)) == (entry, stood)
    assert content(rows(out.land.table)) == [("a", 1, "p"), ("a", 1, "q"), ("a", 2, "y")]


@pytest.mark.parametrize("cut", [[3], [1, 1, 1]])
def test_where_a_row_came_from_decides_nothing(
    spark: SparkSession, land: Callable[..., Land], output: Any, rows: Rows, cut: list[int]
) -> None:
    """The metadata stands before the content, so that it would decide if it were looked at."""
    came = {"name": "_source", "physicalType": "struct<path:string,partition:string,sequence_number:int>"}
    port = {"write": "overwrite", "by": ["K"], "sequenceBy": ["Seq"]}
    out = output(land([came, *COLUMNS], {"staged": True}, **port))
    said = [("1", "a", "z"), ("1", "b", "same"), ("2", "a", "a"), ("2", "b", "same"), ("3", "b", "same")]
    batch = [{"k": k, "seq": 1, "v": v, "from": path} for path, k, v in said]
    entries, first = [], 1
    for files in cut:
        here = [row for row in batch if first <= int(row["from"]) < first + files]
        entries.append(out.bring(frame_of(spark, here))[0])
        first += files
    found = [(row["k"], row["v"], row["_source"]["path"]) for row in rows(out.land.table)]
    assert sorted(found) == [("a", "z", "1"), ("b", "same", "1")]
    assert sum(entry.conflicts for entry in entries) == 1
    assert [(entry.inserted, entry.stale) for entry in entries][1:] == [(0, 2), (0, 1)][: len(cut) - 1]


def test_a_slice_is_replaced_and_what_lies_outside_breaks_a_rule(
    spark: SparkSession, make: Any, rows: Rows, version: Callable[[Place], int]
) -> None:
    out = make(where="seq = 1 or k = date_format(current_date(), 'yyyy')")
    first = [{"k": "a", "seq": 1, "v": "x"}, {"k": "2026", "seq": 7, "v": "x"}]
    out.bring(frame_of(spark, first))
    spark.sql(f"insert into {out.land.table.sql} values ('other', 2, 'stays')")
    entry, _ = out.bring(frame_of(spark, [{"k": "b", "seq": 1, "v": "y"}]))
    assert (entry.offered, entry.inserted) == (1, 1)
    kept = [("b", 1, "y"), ("other", 2, "stays")]
    assert content(rows(out.land.table)) == kept
    stood = version(out.land.table)
    for outside in ({"k": "c", "seq": 2}, {"k": "c"}):
        with pytest.raises(Exception, match="in_slice"):
            out.bring(frame_of(spark, [{"k": "b", "seq": 1}, outside]))
    assert (version(out.land.table), content(rows(out.land.table))) == (stood, kept)


def one_less(frame: DataFrame) -> DataFrame:
    return frame.where("k <> 'b'")


def one_twice(frame: DataFrame) -> DataFrame:
    return frame.unionByName(frame.where("k = 'b'"))


def test_a_row_that_is_lost_or_doubled_before_the_merge_shows(spark: SparkSession, make: Any) -> None:
    out = make(by=["k"], sequenceBy=["seq"])
    out.bring(frame_of(spark, [{"k": key, "seq": 1, "v": "x"} for key in "abc"]))
    for number, sabotage in enumerate((one_less, one_twice), 2):
        news = [{"k": key, "seq": number, "v": "y"} for key in "ab"]
        with pytest.raises(LedgerUnbalanced, match="is not"):
            out.bring(frame_of(spark, news), sabotage=sabotage)
