"""When a flow goes on with its checkpoint, when it begins a new one, and when it may not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakemesh.errors import RunError
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Flow, Land
from lakemesh.runner.checkpoints import choose_generation
from lakemesh.runner.generations import new_generation
from lakemesh.runner.pins import LastBatch, Pins
from lakemesh.spec.outputs import Append, Merge

PLACE = Place(name="shop.orders.out", location="/x/out")
LAST = LastBatch("g1", 3, False, Pins(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))


def flow(write: str, read: str | None = "in") -> Flow:
    said: dict[str, Any] = {"from": "in", "write": write}
    port = Append(**said) if write == "append" else Merge(**said, keys=("id",))
    land = Land(name="out", port=port, table=PLACE, quarantine=PLACE.beside("__quarantine"))
    return Flow(name="in", input=read, reads=(), steps=(), outputs=(land,))


def test_a_flow_that_never_ran_begins_one(tmp_path: Path) -> None:
    first = choose_generation(flow("append"), str(tmp_path / "none"), None)
    assert first != choose_generation(flow("append"), str(tmp_path / "none"), None)
    assert first != new_generation()


def test_it_goes_on_with_what_the_last_batch_had(tmp_path: Path) -> None:
    for name in ("g1", "g2"):
        (tmp_path / name).mkdir()
    assert choose_generation(flow("append"), str(tmp_path), LAST) == "g1"


def test_without_a_batch_it_goes_on_with_the_newest_checkpoint(tmp_path: Path) -> None:
    for name in ("20260101T000000-a", "20260102T000000-b"):
        (tmp_path / name).mkdir()
    (tmp_path / "zzz").write_text("no folder")
    assert choose_generation(flow("append"), str(tmp_path), None) == "20260102T000000-b"


def test_a_lost_checkpoint_is_refused_for_append(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is gone, and output 'out' is written by append") as caught:
        choose_generation(flow("append"), str(tmp_path), LAST)
    assert caught.value.flow == "in"


def test_a_lost_checkpoint_is_a_new_generation_for_merge(tmp_path: Path) -> None:
    assert choose_generation(flow("merge"), str(tmp_path), LAST) != "g1"


def test_snapshots_have_no_checkpoint_to_lose(tmp_path: Path) -> None:
    assert choose_generation(flow("merge", None), str(tmp_path), LAST) == "g1"
