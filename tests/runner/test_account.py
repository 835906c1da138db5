"""Counts as lines of the ledger: which step says what, and how many rows a snapshot has."""

from __future__ import annotations

from typing import Any

from lakemesh.observe.ledger import Entry, imbalances
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Flow, Read, Transform
from lakemesh.runner.account import count_snapshots, input_entries, step_entries
from lakemesh.runner.tally import Tally
from lakemesh.spec.inputs import Blob, ProductInput
from lakemesh.spec.steps import Deduplicate, Derive, Filter, Sql, Union

BLOB = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"id": "bigint"}})
TABLE = ProductInput.model_validate({"kind": "product", "product": "shop.up", "port": "out"})
READS = (
    Read(name="in", mode="batch", port=BLOB),
    Read(name="other", mode="empty", port=BLOB),
    Read(name="up", mode="snapshot", port=TABLE, table=Place(name="shop.up.out", location="/up")),
)


def step(name: str, kind: Any, *reads: str, **said: Any) -> Transform:
    return Transform(name=name, step=kind, reads=reads, **said)


def lines(*steps: Transform, **counts: dict[str, Any]) -> list[Entry]:
    told = {name.replace("__", "."): found for name, found in counts.items()}
    flow = Flow(name="in", input="in", reads=READS, steps=steps, outputs=())
    return step_entries(flow, Tally(counted=told))


def reading(*reads: Read, of: str | None = "in") -> Flow:
    return Flow(name="in", input=of, reads=reads, steps=(step("s", Sql(sql="x"), "up"),), outputs=())


def test_an_input_without_a_record_is_zero() -> None:
    tally = Tally(counted={"input.in": {"read": 0, "accepted": None, "rejected": None}})
    told = Entry(kind="input", name="in", read=0, accepted=0, rejected=0)
    assert input_entries(reading(*READS), tally, {}) == [told]


def test_rejected_is_what_the_commit_says_so_that_it_can_disagree() -> None:
    tally = Tally(counted={"input.in": {"read": 3, "accepted": 2, "rejected": 1}})
    assert imbalances(input_entries(reading(*READS), tally, {"other": 1}))


class Rows:
    """A view that knows how many rows it has."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def count(self) -> int:
        return self.rows


def test_snapshots_are_counted_where_a_line_of_the_ledger_needs_them() -> None:
    views: Any = {"up": Rows(3), "in": Rows(-1)}
    told = Entry(kind="input", name="up", read=3, accepted=3, rejected=0)
    for flow, wanted in ((reading(*READS, of=None), [told]), (reading(*READS), [])):
        tally = Tally(counted={"input.in": {"read": 0, "accepted": 0}})
        count_snapshots(flow, views, tally)
        assert tally.counted["input.up"] == {"read": 3, "accepted": 3}
        assert [line for line in input_entries(flow, tally, {}) if line.name == "up"] == wanted


def test_each_step_says_what_it_took_and_gave() -> None:
    told = lines(
        step("all", Union(kind="union", **{"from": ("in", "other")}), "in", "other"),
        step("derived", Derive(kind="derive", columns={"a": "1"}, **{"from": "all"}), "all", keeps_rows=True),
        step("kept", Filter(kind="filter", where="true", **{"from": "derived"}), "derived"),
        step("once", Deduplicate(kind="deduplicate", keys=("id",), **{"from": "kept"}), "kept"),
        step("asked", Sql(sql="select 1"), "once"),
        step("joined", Sql(sql="select 1"), "asked", "up"),
        step("none", Filter(kind="filter", where="true", **{"from": "other"}), "other", empty=True),
        input__in={"accepted": 5},
        input__up={"accepted": 9},
        step__kept__in={"rows_in": 5, "lost": 2},
        step__kept={"rows_out": 3},
        step__once__in={"rows_in": 3, "lost": None},
        step__once={"rows_out": 3},
        step__asked={"rows_out": 7},
        step__joined={"rows_out": 8},
    )
    assert told == [
        Entry(kind="step", name="all", rows_in=5, rows_out=5),
        Entry(kind="step", name="derived", rows_in=5, rows_out=5),
        Entry(kind="filter", name="kept", rows_in=5, rows_out=3, filtered=2),
        Entry(kind="deduplicate", name="once", rows_in=3, rows_out=3, duplicates=0),
        Entry(kind="step", name="asked", rows_in=3, rows_out=7),
        Entry(kind="step", name="joined", rows_in=16, rows_out=8),
    ]
    assert imbalances(told) == ()
