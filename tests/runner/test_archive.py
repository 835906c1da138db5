"""The archive of Spark's classes: where it is looked for, and when a JVM is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.runner import archive
from lakemesh.runner.archive import archive_of, options_to_make, options_with, outdated
from lakemesh.runner.jars import jars_folder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]


def test_it_fits_one_java_and_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = archive_of(tmp_path)
    assert here == archive_of(tmp_path)
    assert here.parent == tmp_path.resolve()
    assert here.name != archive_of(tmp_path / "other").name
    java = tmp_path / "jdk/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n", encoding="utf-8")
    monkeypatch.setattr(archive, "java_command", lambda: str(java))
    one = archive_of(tmp_path)
    (tmp_path / "jdk/release").write_text("JAVA_VERSION=17.0.15", encoding="utf-8")
    assert len({here, one, archive_of(tmp_path)}) == 3


def test_a_jvm_is_told_of_one_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "the jars"
    folder.mkdir()
    assert options_with(folder, "-Da=b") == "-Da=b"
    archive_of(folder).write_bytes(b"")
    told = options_with(folder, "-Da=b")
    assert told.startswith(f'"-XX:SharedArchiveFile={archive_of(folder)}" ')
    assert told.endswith(" -Da=b")
    for chosen in ("-Xshare:off", "-XX:SharedArchiveFile=/mine.jsa", options_to_make(tmp_path / "new.jsa")):
        assert options_with(folder, chosen) == chosen


def test_what_fitted_another_java_is_outdated(tmp_path: Path) -> None:
    (tmp_path / "classes-00.jsa").write_bytes(b"")
    archive_of(tmp_path).write_bytes(b"")
    assert [file.name for file in outdated(tmp_path, archive_of(tmp_path))] == ["classes-00.jsa"]


def test_the_session_of_the_tests_has_taken_its_classes_from_it(spark: SparkSession) -> None:
    """What `make setup` made fits: Java lets the file's pages into the process."""
    jvm = spark._jvm.java.lang.ProcessHandle.current().pid()
    made = archive_of(jars_folder(ROOT))
    assert made.is_file()
    maps = Path(f"/proc/{jvm}/maps")
    if maps.exists():
        assert str(made) in maps.read_text(encoding="utf-8")
