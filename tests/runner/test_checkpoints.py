"""When a flow goes on with its checkpoint, when it begins a new one, and when it may not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakemesh.errors import RunError
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Flow, Land
from lakemesh.runner.checkpoints import (
    choose_generation,
    committed_batch,
    cut_checkpoint,
    planned_batch,
    require_sound,
    skip_to,
)
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


@pytest.mark.parametrize(
    "damaged", ["metadata", "offsets/1", "commits/0", "sources/0/1", "sources/0/0.compact"]
)
@pytest.mark.parametrize("text", ["", "v1\n{", "no log"])
def test_a_damaged_checkpoint_is_told_by_its_file(tmp_path: Path, damaged: str, text: str) -> None:
    sound = {"metadata": '{"id":"x"}', "offsets/0": "v1\n{}\n-", "offsets/1": 'v1\n{}\n{"logOffset":0}'}
    logs = {
        "commits/0": "v1\n{}",
        "commits/.0.crc": "\0",
        "sources/0/0.compact": "v1",
        "sources/0/1": 'v1\n{"path":""}',
    }
    for name, said in {**sound, **logs}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(said)
    require_sound(str(tmp_path))
    (tmp_path / damaged).write_text(text)
    with pytest.raises(
        RunError, match=f"is damaged: {damaged} is no log that Spark wrote. Nothing was written"
    ):
        require_sound(str(tmp_path))


@pytest.mark.parametrize(
    ("end", "logs", "gone"),
    [
        (1, "0 1", None),
        (1, "1", "sources/0/0"),
        (1, "", "sources/0/0"),
        (9, "9.compact", None),
        (11, "9.compact 10 11", None),
        (11, "10 11", "sources/0/9"),
        (19, "9.compact 19.compact", None),
        (20, "19.compact", "sources/0/20"),
    ],
)
def test_a_checkpoint_that_lacks_what_it_had(tmp_path: Path, end: int, logs: str, gone: str | None) -> None:
    for name, text in (("offsets/3", f'v1\n{{}}\n{{"logOffset":{end}}}'), ("metadata", '{"id":"x"}')):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "sources/0").mkdir(parents=True)
    for name in logs.split():
        (tmp_path / "sources/0" / name).write_text('v1\n{"path":""}')
    if gone is None:
        require_sound(str(tmp_path), 3)
    with pytest.raises(RunError, match=f"{gone or 'offsets/4'} is gone. Nothing was written. Put it back"):
        require_sound(str(tmp_path), 3 if gone else 4)


def test_a_stream_goes_on_behind_what_is_gone(tmp_path: Path) -> None:
    assert committed_batch(str(tmp_path)) is None
    files = {"offsets/4": "v1\n{}\n{}", "offsets/5": "v1\nplanned\n{}", "offsets/.5.crc": "sum"}
    for name, text in {**files, "commits/3": "v1", "commits/4": "v1\n{}", "commits/.4.crc": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert committed_batch(str(tmp_path)) == 4
    skip_to(str(tmp_path), 4, '{"reservoirVersion":9}')
    assert committed_batch(str(tmp_path)) == 6
    for number in (5, 6):
        assert (tmp_path / f"offsets/{number}").read_text() == 'v1\n{}\n{"reservoirVersion":9}'
    assert (tmp_path / "commits/6").read_text() == "v1\n{}"
    assert sorted(file.name for file in (tmp_path / "offsets").iterdir()) == ["4", "5", "6"]
    require_sound(str(tmp_path))


def test_a_checkpoint_that_never_was_is_sound(tmp_path: Path) -> None:
    require_sound(str(tmp_path / "none"))


def test_snapshots_have_no_checkpoint_to_lose(tmp_path: Path) -> None:
    assert choose_generation(flow("merge", None), str(tmp_path), LAST) == "g1"


def test_the_checkpoint_of_a_hub_is_whole_and_cut_with_where_it_began(tmp_path: Path) -> None:
    source = tmp_path / "g1"
    for kind in ("sources/0", "offsets", "commits"):
        (source / kind).mkdir(parents=True)
    (source / "metadata").write_text('{"id":"x"}', encoding="utf-8")
    began = b'\0v1\n{"orders":{"0":3}}'  # as Spark's Kafka source writes it
    (source / "sources/0/0").write_bytes(began)
    for number in range(3):
        (source / "offsets" / str(number)).write_text(f'v1\n{{}}\n{{"orders":{{"0":{number}}}}}', "utf-8")
        (source / "commits" / str(number)).write_text("v1\n{}", encoding="utf-8")
    (source / "commits/2").unlink()
    require_sound(str(source), 2)
    assert (committed_batch(str(source)), planned_batch(str(source))) == (1, 2)
    cut_checkpoint(str(tmp_path), "g1", "g2", 0)
    assert (tmp_path / "g2/sources/0/0").read_bytes() == began
    assert [file.name for file in (tmp_path / "g2/offsets").iterdir()] == ["0"]
    require_sound(str(tmp_path / "g2"), 0)
    (source / "sources/0/0").write_bytes(b"\0v1\n{torn")
    with pytest.raises(RunError, match="sources/0/0 is no log that Spark wrote"):
        require_sound(str(source), 2)
