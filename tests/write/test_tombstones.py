"""Deletes of a merge: what they take away stays away, in whatever order and cut the rows arrive."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import LedgerUnbalanced
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land
from lakemesh.spec.document import read_document

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE = Path(__file__).parent.parent / "cases" / "write" / "merge.yml"
CASES: list[dict[str, Any]] = read_document(FILE.name, FILE.read_text(encoding="utf-8")).value
TERMS = ("superseded", "offered", "inserted", "updated", "deleted", "stale", "conflicts")
KEYS = [f"k{number}" for number in range(30)]
Row = dict[str, Any]
Lands = Callable[..., Land]
COLUMNS = [
    {"name": "k", "logicalType": "string"},
    {"name": "seq", "logicalType": "integer"},
    {"name": "v", "logicalType": "string", "required": True},
    {"name": "gone", "logicalType": "boolean"},
]
RULE = {"expect_column_values_to_not_be_in_set": {"column": "v", "value_set": ["forbidden"]}}
RULES = [{**RULE, "name": "allowed", "onFailure": "quarantine"}]


def frame_of(spark: SparkSession, rows: Iterable[Row]) -> DataFrame:
    values = [(row.get("k"), row.get("seq"), row.get("v"), row.get("gone")) for row in rows]
    return spark.createDataFrame(values, "k string, seq bigint, v string, gone boolean")


@pytest.fixture
def make(land: Lands, output: Any) -> Callable[..., Any]:
    """A function from the words of a merge to the output to which batches are brought."""
    return lambda **port: output(_merge(land, **port))


def _merge(land: Lands, **port: Any) -> Land:
    said = {"write": "merge", "keys": ["k"], "sequenceBy": ["seq"], "deleteWhen": "gone", **port}
    return land(COLUMNS, {"rules": RULES, "staged": True}, **said)


def content(rows: Iterable[Row], *names: str) -> list[list[Any]]:
    return sorted(([row.get(name) for name in names] for row in rows), key=str)


def own(number: int, rows: Iterable[Row]) -> list[Row]:
    """The rows with keys of their own: cases beside each other in one table do not touch."""
    return [{**row, "k": row.get("k") and f"{number}{row['k']}"} for row in rows]


@pytest.mark.parametrize("sequence", [["seq"], []], ids=["by sequence", "by arrival"])
def test_cases(
    spark: SparkSession, make: Callable[..., Any], rows: Callable[[Place], Any], sequence: list[str]
) -> None:
    cases = [case for case in CASES if case.get("sequence", ["seq"]) == sequence]
    out = make(sequenceBy=sequence)
    done = []
    for turn in range(max(len(case["batches"]) for case in cases)):
        here = [(n, case["batches"][turn]) for n, case in enumerate(cases) if turn < len(case["batches"])]
        entry, aside = out.bring(frame_of(spark, (row for n, batch in here for row in own(n, batch))))
        ledger = [case["ledger"][turn] for case in cases if turn < len(case["batches"])]
        assert [getattr(entry, term) for term in TERMS] == [sum(terms) for terms in zip(*ledger, strict=True)]
        done += aside
    assert content(rows(out.land.table), "k", "seq", "v") == _all(cases, "table", "k", "seq", "v")
    left = rows(out.land.tombstones) if Path(out.land.tombstones.location).exists() else []
    assert content(left, "k", "seq") == _all(cases, "tombstones", "k", "seq")
    wanted = [
        (key and f"{n}{key}", rules)
        for n, case in enumerate(cases)
        for key, rules in case.get("quarantine", ())
    ]
    assert sorted(done, key=str) == sorted(wanted, key=str)


def _all(cases: list[dict[str, Any]], table: str, *names: str) -> list[list[Any]]:
    return content((row for n, case in enumerate(cases) for row in own(n, case[table])), *names)


def by_hand(rows: Iterable[Row]) -> list[list[Any]]:
    """The model of rule 9: the highest sequence; at a tie a delete, then the greater JSON text."""
    best: dict[str, Row] = {}
    for row in rows:
        there = best.get(row["k"])
        if there is None or _rank(row) > _rank(there):
            best[row["k"]] = row
    return content((row for row in best.values() if not row["gone"]), "k", "seq", "v")


def _rank(row: Row) -> tuple[int, bool, str]:
    return row["seq"], row["gone"], row["v"]


def test_any_order_and_cut_gives_the_models_answer(
    spark: SparkSession, make: Callable[..., Any], rows: Callable[[Place], Any]
) -> None:
    chance = random.Random(9)
    arrived = [
        {
            "k": chance.choice(KEYS),
            "seq": chance.randrange(5),
            "v": chance.choice("xyz"),
            "gone": chance.random() < 0.35,
        }
        for _ in range(160)
    ]
    out = make()
    cuts = [0, *sorted(chance.sample(range(1, len(arrived)), 4)), len(arrived)]
    for start, end in pairwise(cuts):
        flow = chance.choice(["events", "exports"])
        out.bring(frame_of(spark, arrived[start:end]), flow)
        if (
            chance.random() < 0.3
        ):  # the last batch of the flow once more, begun before by a run that was killed
            out.bring(frame_of(spark, arrived[start:end]), flow, out.numbers[flow] - 1)
    assert content(rows(out.land.table), "k", "seq", "v") == by_hand(arrived)


def test_a_replay_counts_with_the_tombstones_that_its_merge_saw(
    spark: SparkSession,
    make: Callable[..., Any],
    rows: Callable[[Place], Any],
    version: Callable[[Place], int],
) -> None:
    out = make()
    first = [{"k": "a", "seq": 3, "v": "x"}, {"k": "b", "seq": 1, "gone": True}]
    before, _ = out.bring(frame_of(spark, first), "events")
    out.bring(frame_of(spark, [{"k": "a", "seq": 5, "gone": True}]), "exports")
    stood = version(out.land.table), version(out.land.tombstones)
    again, _ = out.bring(frame_of(spark, first), "events", number=0)
    assert again == before
    assert (version(out.land.table), version(out.land.tombstones)) == stood
    assert rows(out.land.table) == []


def one_less(frame: DataFrame) -> DataFrame:
    return frame.where("k <> 'b'")


def one_twice(frame: DataFrame) -> DataFrame:
    return frame.unionByName(frame.where("k = 'b'"))


def test_a_delete_that_is_lost_or_doubled_before_the_merge_shows(
    spark: SparkSession, make: Callable[..., Any]
) -> None:
    out = make()
    out.bring(frame_of(spark, [{"k": "a", "seq": 1, "v": "x"}]))
    for number, sabotage in enumerate((one_less, one_twice)):
        batch = [{"k": key, "seq": number, "gone": True} for key in "ab"]
        with pytest.raises(LedgerUnbalanced, match="is not"):
            out.bring(frame_of(spark, batch), sabotage=sabotage)
