from __future__ import annotations

import shutil
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.doctor.checkup import Checkup
from lakemesh.doctor.machine import look_at_machine, room, standing


def looked(what: str, connect: bool = False) -> Checkup:
    (found,) = [one for one in look_at_machine(connect) if one.what == what]
    return found


def test_this_machine_runs_the_tests_so_it_lacks_nothing() -> None:
    assert [one.what for one in look_at_machine(connect=True) if one.state == "missing"] == []


@pytest.mark.parametrize(("version", "state"), [((3, 10), "missing"), ((3, 12), "ok"), ((3, 15), "note")])
def test_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], state: str) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert looked("Python").state == state


def fake_java(folder: Path, said: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{said}' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    return folder


def test_java_of_java_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, 'openjdk version "11.0.2"')))
    old = looked("Java")
    assert (old.state, "is Java 11" in old.found, str(tmp_path) in old.found) == ("missing", True, True)
    assert old.remedy.startswith("Spark needs Java 17 or 21: install a JDK 17")
    (tmp_path / "bin/java").write_text("#!/bin/sh\necho 'version \"21.0.1\"' >&2\n", encoding="utf-8")
    assert looked("Java").found.startswith("21 (")


def test_no_java_and_one_that_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, "")))
    (tmp_path / "bin/java").write_text("nothing to run", encoding="utf-8")
    assert looked("Java").state == "missing"
    (tmp_path / "bin/java").unlink()
    assert looked("Java").found == f"There is no java in JAVA_HOME ({tmp_path})"


def test_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package in ("fastavro", "grpcio"):
            raise metadata.PackageNotFoundError
        return "1"

    monkeypatch.setattr(metadata, "version", version)
    spark = looked("extra 'spark'")
    assert (spark.state, spark.found) == ("missing", "not installed: fastavro")
    assert spark.remedy == "pip install 'lakemesh[spark]'"
    assert looked("extra 'connect'").state == "note"
    assert looked("extra 'connect'", connect=True).state == "missing"


def test_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert looked("git").state == "note"


@pytest.mark.parametrize(("free", "state"), [(1 << 20, "missing"), (1 << 31, "note"), (1 << 40, "ok")])
def test_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: str) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: seen.append(path) or SimpleNamespace(free=free))
    assert room("space", tmp_path / "not" / "yet").state == state
    assert seen == [tmp_path] == [standing(tmp_path / "not" / "yet")]
