"""Counts under their paths."""

from __future__ import annotations

from lakemesh.demo.truth.tally import Tally


def test_rows_are_counted_by_what_becomes_of_them() -> None:
    tally = Tally()
    tally.read("a.b", "in")
    tally.read("a.b", "in", "empty record")
    tally.snapshot("a.b", "table", 3)
    tally.filtered("a.b", "step")
    assert tally.judge("a.b", "out", [], [], ["odd"])
    assert not tally.judge("a.b", "out", ["bad"], ["drop"], [])
    assert not tally.judge("a.b", "out", [], ["drop"], [])
    assert tally.nested() == {
        "a.b": {
            "inputs": {"in": {"read": 2, "rejected": {"empty record": 1}}},
            "snapshots": {"table": 3},
            "filtered": {"step": 1},
            "outputs": {
                "out": {
                    "checked": 3,
                    "quarantined": 1,
                    "dropped": 1,
                    "failed": {"odd": 1, "bad": 1, "drop": 2},
                    "quarantined_by": {"bad": 1, "drop": 1},
                }
            },
        }
    }
