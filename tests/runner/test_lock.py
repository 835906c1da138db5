"""One run at a time: who holds the lock is told, and a dead holder holds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakemesh.errors import Locked, RunError
from lakemesh.runner.lock import locked, require_free

HOLD = """
import sys, time
from lakemesh.runner.lock import locked
with locked(sys.argv[1], "shop.orders", "20260101T000000-abc"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    file = str(tmp_path / "locks" / "shop.orders.lock")
    with (
        locked(file, "shop.orders", "20260101T000000-abc"),
        pytest.raises(Locked) as caught,
        locked(file, "shop.orders", "other"),
    ):
        pytest.fail("two runs at once")
    told = str(caught.value)
    assert told.startswith("shop.orders: another run is under way")
    assert "run 20260101T000000-abc" in told
    assert f"process {os.getpid()}" in told


def test_the_refused_run_leaves_the_holder_its_lock(tmp_path: Path) -> None:
    file = str(tmp_path / "lock")
    with locked(file, "shop.orders", "first"):
        for _ in range(2):
            with pytest.raises(Locked, match="run first"), locked(file, "shop.orders", "second"):
                pytest.fail("two runs at once")
    with locked(file, "shop.orders", "third"):
        assert json.loads(Path(file).read_text())["run"] == "third"


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    file = str(tmp_path / "lock")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, file], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(Locked, match=f"run 20260101T000000-abc, process {holder.pid}"),
            locked(file, "shop.orders", "second"),
        ):
            pytest.fail("two runs at once")
    finally:
        holder.kill()
        holder.communicate()
    assert json.loads(Path(file).read_text())["pid"] == holder.pid
    with locked(file, "shop.orders", "second"):
        assert json.loads(Path(file).read_text())["pid"] == os.getpid()


def test_whether_it_is_free_is_told_without_taking_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    require_free(str(file), "shop.orders")
    assert not file.exists()
    told = r"shop.orders: another run is under way: run first, process"
    with locked(str(file), "shop.orders", "first"), pytest.raises(Locked, match=told):
        require_free(str(file), "shop.orders")
    require_free(str(file), "shop.orders")
    with locked(str(file), "shop.orders", "second"):
        assert json.loads(file.read_text())["run"] == "second"


@pytest.mark.parametrize("left", ["", "{torn", "[]", '{"run": "x"}'])
def test_a_lock_file_that_says_nothing(tmp_path: Path, left: str) -> None:
    file = tmp_path / "lock"
    file.write_text(left)
    with locked(str(file), "shop.orders", "first"):
        file.write_text(left)
        with pytest.raises(Locked, match=r"under way\. Wait"), locked(str(file), "shop.orders", "second"):
            pytest.fail("two runs at once")


def test_it_is_let_go_where_the_run_fails(tmp_path: Path) -> None:
    file = str(tmp_path / "lock")
    with pytest.raises(ValueError, match="broken"), locked(file, "shop.orders", "first"):
        raise ValueError("broken")
    with locked(file, "shop.orders", "second"):
        pass


def test_a_lakehouse_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"), locked(str(tmp_path / "file/lock"), "p", "r"):
        pytest.fail("locked nothing")
