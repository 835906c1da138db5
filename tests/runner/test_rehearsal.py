"""The making of the archive of Spark's classes; `make setup` makes a whole one before any test."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.errors import SetupError
from lakemesh.plan.validate import examine
from lakemesh.runner import rehearsal
from lakemesh.runner.archive import archive_of
from lakemesh.spec.loader import load_mesh


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rehearsal, "resolve_jars", lambda folder: ())
    return tmp_path / "jars"


def java_that(leaves: bool, code: int, seen: list[Path]) -> Any:
    """A child process that says something, and leaves an archive or none."""

    def run(words: list[str], **_: Any) -> Any:
        root = Path(words[-1])
        loaded = load_mesh(root)
        seen.append(root)
        assert [one for one in (*loaded.findings, *examine(loaded.require())) if one.severity != "note"] == []
        if leaves:
            (root / "classes.jsa").write_bytes(b"classes")
        return SimpleNamespace(returncode=code, stdout="a word\nno room", stderr="")

    return run


def test_it_is_made_once_and_older_ones_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    folder.mkdir()
    (folder / "classes-of-an-older-java.jsa").write_bytes(b"")
    monkeypatch.setattr(subprocess, "run", java_that(True, 0, seen))
    monkeypatch.setattr(rehearsal, "java_version", lambda: 17)
    assert rehearsal.make_archive(folder) == archive_of(folder) == rehearsal.make_archive(folder)
    assert [path.name for path in folder.iterdir()] == [archive_of(folder).name]
    assert len(seen) == 1


@pytest.mark.parametrize(("leaves", "code"), [(False, 0), (True, 1)])
def test_where_none_is_left_a_sentence_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, leaves: bool, code: int
) -> None:
    folder.mkdir()
    monkeypatch.setattr(subprocess, "run", java_that(leaves, code, []))
    monkeypatch.setattr(rehearsal, "java_version", lambda: 17)
    with pytest.raises(SetupError, match=r"Java left no archive of Spark's classes: no room\.$"):
        rehearsal.make_archive(folder)
    assert list(folder.iterdir()) == []


def test_a_folder_that_takes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write_text("a file", encoding="utf-8")
    assert rehearsal.main([str(folder)]) == SetupError.exit_code
    assert capsys.readouterr().err == f"Spark's classes cannot be kept in {folder}: Not a directory.\n"
