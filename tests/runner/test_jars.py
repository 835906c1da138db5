"""The JARs: found when whole, fetched when not, and one clear sentence where that cannot be."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.errors import SetupError
from lakemesh.runner import jars
from lakemesh.runner.jars import Jar

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
BYTES = b"not really a JAR\n"
WANTED = (
    Jar("org.example", "lake", "1.0", hashlib.sha256(BYTES).hexdigest()),
    Jar("org.example", "mesh", "2.0", hashlib.sha256(BYTES).hexdigest()),
)
VERSION_17 = 'if [ "$1" = -version ]; then echo \'openjdk version "17.0.15" 2025-04-15\' >&2; exit 0; fi'
# The fake Ivy writes what ivy.xml orders to where -retrieve points, and keeps a diary.
IVY = """
echo fetched >> "$DIARY"
for word in "$@"; do case "$word" in *'[artifact]'*) to=$(dirname "$word");; *.xml) order=$word;; esac; done
tr '<' '\\n' < "$order" | sed -n 's/.*name="\\([^"]*\\)" rev="\\([^"]*\\)".*/\\1-\\2.jar/p' |
  while read -r file; do echo 'not really a JAR' > "$to/$file"; done
"""


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jars, "JARS", {"4.0": WANTED, "4.1": WANTED})
    monkeypatch.setenv("DIARY", str(tmp_path / "diary"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("LAKEMESH_JARS", raising=False)
    return tmp_path / "diary"


def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Path:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir(exist_ok=True)
    java.write_text("\n".join(("#!/bin/sh", *lines)), encoding="utf-8")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{java.parent}{os.pathsep}{os.environ['PATH']}")
    return java


def test_fetches_once_and_then_finds(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, IVY)
    folder = tmp_path / "a mesh" / "jars"
    assert jars.find_jars(folder) is None
    fetched = jars.resolve_jars(folder)
    assert [path.name for path in fetched] == ["lake-1.0.jar", "mesh-2.0.jar"]
    assert all(path.is_absolute() and path.read_bytes() == BYTES for path in fetched)
    assert jars.find_jars(folder) == fetched == jars.resolve_jars(folder)
    assert diary.read_text(encoding="utf-8") == "fetched\n"
    assert sorted(path.name for path in folder.iterdir()) == ["jars.json", "lake-1.0.jar", "mesh-2.0.jar"]


def test_an_older_or_half_done_folder_is_not_whole(
    diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, IVY)
    jars.resolve_jars(tmp_path)
    (tmp_path / "mesh-2.0.jar").unlink()
    assert jars.find_jars(tmp_path) is None
    jars.resolve_jars(tmp_path)
    (tmp_path / jars.MANIFEST).write_text('{"lake-0.9.jar": "..."}', encoding="utf-8")
    assert jars.find_jars(tmp_path) is None
    (tmp_path / jars.MANIFEST).write_text('{"lake', encoding="utf-8")
    assert jars.find_jars(tmp_path) is None
    assert len(diary.read_text(encoding="utf-8").splitlines()) == 2


def test_jars_put_there_by_hand_need_no_network(
    diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_java(tmp_path, monkeypatch, "exit 1")
    for jar in WANTED:
        (tmp_path / jar.file).write_bytes(BYTES)
    assert jars.resolve_jars(tmp_path) == jars.find_jars(tmp_path)
    assert not diary.exists()


def test_no_network_is_one_sentence(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, "echo 'java.net.UnknownHostException: nowhere' >&2; exit 1")
    folder = tmp_path / "jars"
    with pytest.raises(
        SetupError, match=r"^lake-1\.0\.jar could not be fetched.*check the network.*$"
    ) as caught:
        jars.resolve_jars(folder)
    assert "\n" not in str(caught.value)
    assert "UnknownHostException" in str(caught.value)
    assert list(folder.iterdir()) == []


def test_other_bytes_are_refused(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, IVY.replace("not really a JAR", "please log in"))
    with pytest.raises(SetupError, match="other bytes than lakemesh expects"):
        jars.resolve_jars(tmp_path / "jars")


@pytest.mark.parametrize(
    ("said", "version"), [('openjdk version "17.0.15" 2025', 17), ('java version "21" 2023-09-19 LTS', 21)]
)
def test_java_version(
    diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: int
) -> None:
    fake_java(tmp_path, monkeypatch, f"echo '{said}' >&2")
    assert jars.java_version() == version


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is Java 11,"),
        ('java version "1.8.0_402"', "is Java 8,"),
        ('openjdk version "25" 2025-09-16', "is Java 25,"),
        ("no idea", "does not tell its version"),
    ],
)
def test_wrong_java_is_one_sentence(
    diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    java = fake_java(tmp_path, monkeypatch, f"echo '{said}' >&2")
    with pytest.raises(SetupError) as caught:
        jars.java_version()
    assert str(caught.value).startswith(f"{java} {told}")
    assert "install a JDK 17" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_java_is_one_sentence(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SetupError, match=r"^There is no java on PATH, and Spark needs Java 17 or 21: install"
    ):
        jars.java_version()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    with pytest.raises(SetupError, match="There is no java in JAVA_HOME"):
        jars.java_version()


def test_java_home_goes_before_the_path(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = fake_java(tmp_path, monkeypatch, VERSION_17)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert jars.java_command() == str(java)


def test_jars_folder(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jars.jars_folder(tmp_path) == tmp_path / ".lakemesh" / "jars"
    monkeypatch.setenv("LAKEMESH_JARS", "/elsewhere")
    assert jars.jars_folder(tmp_path) == Path("/elsewhere")


def test_a_spark_without_fitting_jars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars.metadata, "version", lambda name: "3.5.1")
    with pytest.raises(
        SetupError, match=r"pyspark 3\.5\.1 is installed, and lakemesh has JARs for 4\.0 or 4\.1"
    ):
        jars.wanted_jars()


def test_kafka_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars.metadata, "version", lambda name: "4.0.5")
    more = {jar.artifact for jar in jars.wanted_jars(kafka=True)} - {
        jar.artifact for jar in jars.wanted_jars()
    }
    assert "spark-sql-kafka-0-10_2.13" in more
    assert "kafka-clients" in more
    monkeypatch.setattr(jars.metadata, "version", lambda name: "4.1.1")
    with pytest.raises(SetupError, match=r"lakemesh reads hubs by Kafka with 4\.0: install that line"):
        jars.wanted_jars(kafka=True)


def test_a_folder_keeps_what_it_has(diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, IVY)
    folder, other = tmp_path / "jars", (Jar("org.example", "hub", "3.0", WANTED[0].sha256),)
    jars.resolve_jars(folder)
    assert jars.find_jars(folder, (*WANTED, *other)) is None
    jars.resolve_jars(folder, (*WANTED, *other))
    assert jars.find_jars(folder) is not None
    assert jars.find_jars(folder, other) == (folder / "hub-3.0.jar",)
    assert len(diary.read_text(encoding="utf-8").splitlines()) == 2


def test_no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise jars.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(jars.metadata, "version", missing)
    with pytest.raises(SetupError, match=r"pip install 'lakemesh\[spark\]'"):
        jars.find_jars(Path())


def test_main_says_it_on_stderr(
    diary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_java(tmp_path, monkeypatch, VERSION_17, IVY)
    assert jars.main([str(tmp_path / "jars")]) == 0
    fake_java(tmp_path, monkeypatch, VERSION_17, "exit 1")
    assert jars.main([str(tmp_path / "others")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_jars_that_setup_fetched() -> None:
    found = jars.find_jars(jars.jars_folder(ROOT))
    assert found is not None, "make setup fetches them"
    names = [name for path in found for name in zipfile.ZipFile(path).namelist()]
    assert "org/apache/spark/sql/delta/catalog/DeltaCatalog.class" in names
    assert "io/delta/storage/LogStore.class" in names
    assert "org/apache/spark/sql/v2/avro/AvroScan.class" in names


def test_spark_reads_and_writes_with_them(spark: SparkSession, tmp_path: Path) -> None:
    target = str(tmp_path / "numbers")
    spark.range(3).write.format("delta").save(target)
    assert spark.read.format("delta").load(target).count() == 3
    spark.range(2).write.format("avro").save(f"{target}.avro")
    assert spark.read.format("avro").load(f"{target}.avro").count() == 2
