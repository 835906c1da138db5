"""Where a hub's checkpoint begins: decided once, kept beside it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakemesh.plan.stages import Flow, Read
from lakemesh.runner.starts import start_flow
from lakemesh.spec.inputs import EventHub

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def flow(start: Any) -> Flow:
    """A flow of one hub."""
    said = {"kind": "eventhub", "hub": "h", "schema": {"a": "bigint"}, "startFrom": start}
    read = Read(name="in", mode="batch", port=EventHub.model_validate(said))
    return Flow(name="in", input="in", reads=(read,), steps=(), outputs=())


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("earliest", "earliest"),
        ("latest", "2026-03-01T00:00:00+00:00"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"),
        ({"0": 7, "1": 0}, {"0": 7, "1": 0}),
    ],
)
def test_the_start_is_that_of_the_first_run(tmp_path: Path, said: Any, start: Any) -> None:
    folder = str(tmp_path / "checkpoints")
    assert start_flow(flow(said), folder, "g1", NOW).read("in").start == start
    later = NOW + dt.timedelta(days=1)
    assert start_flow(flow("latest"), folder, "g1", later).read("in").start == start
    assert start_flow(flow("latest"), folder, "g2", later).read("in").start == later.isoformat()


def test_a_flow_of_snapshots_has_no_start() -> None:
    none = Flow(name="snapshot", input=None, reads=(), steps=(), outputs=())
    assert start_flow(none, "nowhere", "g", NOW) is none
