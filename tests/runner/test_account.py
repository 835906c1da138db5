"""Counts as lines of the ledger: which step says what, and what a snapshot leaves unknown."""

from __future__ import annotations

from typing import Any

from lakemesh.observe.ledger import Entry, imbalances
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Flow, Read, Transform
from lakemesh.runner.account import input_entry, step_entries
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


def test_an_input_without_a_record_is_zero() -> None:
    tally = Tally(counted={"input.in": {"read": 0, "accepted": None, "rejected": None}})
    assert input_entry("in", tally, 0) == Entry(kind="input", name="in", read=0, accepted=0, rejected=0)


def test_rejected_is_what_the_commit_says_so_that_it_can_disagree() -> None:
    entry = input_entry("in", Tally(counted={"input.in": {"read": 3, "accepted": 2, "rejected": 1}}), 0)
    assert imbalances([entry])


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
        Entry(kind="step", name="joined", rows_in=None, rows_out=8),
    ]
    assert imbalances(told) == ()
