"""Ledger lines of several batches summed, and the report as data."""

from __future__ import annotations

import json

from lakemesh.observe.ledger import Entry
from lakemesh.runner.report import Replay, RunReport, find_replays, sum_entries


def test_one_line_for_each_kind_and_name_in_the_order_of_the_first() -> None:
    summed = sum_entries(
        [
            Entry(kind="input", name="in", read=3, rejected=1, accepted=2),
            Entry(kind="output", name="in", checked=2, offered=2),
            Entry(kind="input", name="in", read=2, rejected=0, accepted=2),
        ]
    )
    assert summed == (
        Entry(kind="input", name="in", read=5, rejected=1, accepted=4),
        Entry(kind="output", name="in", checked=2, offered=2),
    )


def test_what_no_batch_counted_stays_unknown() -> None:
    (line,) = sum_entries(
        [Entry(kind="step", name="x", rows_out=1), Entry(kind="step", name="x", rows_out=0)]
    )
    assert (line.rows_in, line.rows_out) == (None, 1)
    assert sum_entries([]) == ()


def test_a_replay_is_a_batch_that_another_run_opened_last() -> None:
    def row(batch: int, run_id: str, generation: str = "g2") -> dict[str, object]:
        return {"flow": "f", "generation": generation, "batch": batch, "run_id": run_id}

    # Batch 3 was given up by r1 and begun anew by r2; batch 1 of an older generation is another one.
    opened = [row(1, "r0", "g1"), row(3, "r1"), row(3, "r2"), row(4, "r3"), row(1, "r3")]
    ledger = [row(3, "r3"), row(3, "r3"), row(4, "r3"), row(1, "r3")]
    assert find_replays(ledger, opened, "r3") == (Replay("f", 3, "r2"),)
    assert find_replays(ledger, [], "r3") == ()


def test_a_report_is_data() -> None:
    report = RunReport(product="shop.orders", run_id="r", state="skipped", tables=(("t", 1),))
    assert json.loads(json.dumps(report.facts()))["tables"] == [["t", 1]]
