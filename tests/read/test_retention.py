"""Gaps in words, and the numbers in a checkpoint of Spark's Kafka source; the rest runs in test_hubs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lakemesh.read.retention import Gap, first_numbers, numbers_of, start_numbers
from lakemesh.spec.inputs import EventHub

PORT = EventHub.model_validate({"kind": "eventhub", "hub": "orders", "schema": {"a": "bigint"}})
TIME = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (Gap("0", 7, 7, None), "partition 0: 1 event (sequence number 7)"),
        (
            Gap("12", 1000, 2999, TIME),
            "partition 12: 2,000 events (sequence number 1000 to 2999), enqueued before 2026-01-02T03:04:05Z",
        ),
    ],
)
def test_a_gap_in_words(gap: Gap, told: str) -> None:
    assert str(gap) == told


def test_numbers_of_a_checkpoint(tmp_path: Path) -> None:
    assert first_numbers(PORT, str(tmp_path)) == {}
    for folder in ("sources/0", "offsets"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sources/0/0").write_bytes(b'\0v1\n{"orders":{"0":3,"1":0}}')
    (tmp_path / "offsets/0").write_text('v1\n{}\n{"orders":{"0":5,"1":2}}', encoding="utf-8")
    assert first_numbers(PORT, str(tmp_path)) == {"0": 3, "1": 0}
    assert start_numbers(PORT, str(tmp_path), 0) == {"0": 3, "1": 0}
    assert start_numbers(PORT, str(tmp_path), 1) == {"0": 5, "1": 2}
    assert start_numbers(PORT, str(tmp_path), 7) == {"0": 3, "1": 0}
    assert numbers_of(PORT, "") == {}
