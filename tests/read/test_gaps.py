"""What a stream can no longer read of a table, and where it can go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lakemesh.plan.places import Place
from lakemesh.plan.stages import Read
from lakemesh.read.gaps import Gap, find_gap
from lakemesh.spec.inputs import ProductInput


def commit(folder: Path, version: int, *actions: tuple[str, str, bool]) -> None:
    """A commit in a table's log, with its files where they are not there yet."""
    log = folder / f"_delta_log/{version:020}.json"
    log.parent.mkdir(parents=True, exist_ok=True)
    said = [{"commitInfo": {}}, *({kind: {"path": file, "dataChange": new}} for kind, file, new in actions)]
    log.write_text("".join(json.dumps(action) + "\n" for action in said))
    for file in (file for _, file, _ in actions if ":" not in file):
        path = folder / file.replace("%20", " ")
        path.parent.mkdir(exist_ok=True)
        path.touch()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Versions 0 to 4: rows added, an update with its change feed, a delete of a file, a compaction."""
    commit(tmp_path, 0, ("add", "d=a%20b/0.parquet", True))
    commit(tmp_path, 1, ("add", "1.parquet", True))
    commit(
        tmp_path,
        2,
        ("add", "2.parquet", True),
        ("remove", "1.parquet", True),
        ("cdc", "_change_data/2", True),
    )
    commit(tmp_path, 3, ("remove", "2.parquet", True))
    commit(tmp_path, 4, ("add", "4.parquet", False), ("add", "s3://other/4.parquet", True))
    (tmp_path / "_delta_log/00000000000000000004.checkpoint.parquet").touch()
    return tmp_path


def found(folder: Path, first: int = 0, how: str = "appends", **more: Any) -> Gap | None:
    port = ProductInput.model_validate({"kind": "product", "product": "a.b", "port": "c", "read": how})
    read = Read(name="up", mode="batch", port=port, table=Place(name="a.b.c", location=str(folder)))
    offsets = {"sourceVersion": 1, "reservoirVersion": first, "index": 3, "isStartingVersion": False, **more}
    return find_gap(read, json.dumps(offsets))


@pytest.mark.parametrize("how", ["appends", "changes"])
def test_a_table_that_is_whole(table: Path, how: str) -> None:
    (table / "4.parquet").unlink()  # a compaction holds no new row, and is not read
    assert [found(table, first, how) for first in (0, 3, 5)] == [None] * 3


def test_all_up_to_the_last_version_that_lacks_something_is_gone(table: Path) -> None:
    (table / "_delta_log/00000000000000000001.json").unlink()
    gap = found(table)
    assert gap is not None
    assert gap.versions == "a.b.c, versions 0 to 1"
    moved = {"sourceVersion": 1, "reservoirVersion": 2, "index": -1, "isStartingVersion": False}
    assert json.loads(gap.offsets) == moved
    assert found(table, 2) is None
    only = found(table, 1)
    assert only is not None
    assert only.versions == "a.b.c, version 1"


@pytest.mark.parametrize(
    ("gone", "appends", "changes"),
    [
        ("d=a b/0.parquet", 0, 0),
        ("1.parquet", 1, 1),
        ("2.parquet", 2, 3),  # of version 2 the change feed is read, of 3 the file that it removed
        ("_change_data/2", None, 2),
    ],
)
def test_files_that_were_vacuumed(table: Path, gone: str, appends: int | None, changes: int) -> None:
    (table / gone).unlink()
    for how, last in (("appends", appends), ("changes", changes)):
        gap = found(table, 0, how)
        assert (json.loads(gap.offsets)["reservoirVersion"] - 1 if gap else None) == last


def test_no_way_is_known_where_the_table_as_it_first_stood_is_gone(table: Path) -> None:
    (table / "1.parquet").unlink()
    assert found(table, isStartingVersion=True) is None
    port = ProductInput.model_validate({"kind": "product", "product": "a.b", "port": "c"})
    assert find_gap(Read(name="up", mode="batch", port=port), "") is None
