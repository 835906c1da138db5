"""The session of an environment: where it runs, what it is told, and what it refuses."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.errors import NotYet, SetupError
from lakemesh.runner import session as sessions
from lakemesh.runner.session import _not_of_the_gateway, _told, open_session
from lakemesh.spec.environment import EnvironmentSpec
from lakemesh.spec.loader import Mesh
from lakemesh.spec.mesh import MeshSpec

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def mesh(**environment: Any) -> Mesh:
    spec = MeshSpec.model_validate({"tenant": "tests", "domains": {}})
    return Mesh(Path("/nowhere"), spec, "dev", EnvironmentSpec.model_validate(environment), {})


def test_databricks_comes_later() -> None:
    with pytest.raises(NotYet, match="'dev' runs on Databricks"):
        open_session(mesh(platform="databricks"))


def test_where_nobody_answers_one_sentence_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for block in ({"remote": f"sc://127.0.0.1:{port}"}, {"master": f"spark://127.0.0.1:{port}"}):
        with pytest.raises(SetupError) as told:
            open_session(mesh(platform="local", lakehouse="lakehouse", spark=block))
        assert "does not answer: connection refused. To mend it, start the " in str(told.value)
        assert "\n" not in str(told.value)


def test_what_every_session_is_told(spark: SparkSession) -> None:
    told = {
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.inMemoryColumnarStorage.partitionPruning": "false",
        "spark.sql.shuffle.partitions": "2",
    }
    assert {key: spark.conf.get(key) for key in told} == told
    assert spark.version.startswith("4.0.")


def test_a_stack_that_py4j_logs_is_nobody_s_news() -> None:
    for path, shown in (("/site-packages/py4j/java_gateway.py", False), ("/mesh/transforms/a.py", True)):
        record = logging.LogRecord("root", logging.ERROR, path, 1, "stack", None, None)
        assert _not_of_the_gateway(record) is shown


def test_only_hubs_that_are_read_themselves_bring_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[tuple[str, ...]] = []

    def resolved(folder: Path, jars: Any = None) -> tuple[Path, ...]:
        files = tuple(jar.file for jar in jars or sessions.wanted_jars())
        fetched.append(files)
        return tuple(folder / file for file in files)

    monkeypatch.setattr(sessions, "resolve_jars", resolved)
    capture = {"transport": "capture", "path": "x"}
    kafka = {"transport": "kafka", "namespace": "x", "credential": {"secret": "a/b"}}
    place = {"platform": "local", "lakehouse": "lakehouse"}
    without = _told(mesh(**place, hubs={"shop": capture}), "local[2]", {})
    assert "spark.jars" not in without
    assert not any("kafka" in file for files in fetched for file in files)
    told = _told(mesh(**place, hubs={"shop": capture, "crm": kafka}), "local[2]", {"spark.jars": "/my.jar"})
    assert told["spark.driver.extraClassPath"] == without["spark.driver.extraClassPath"]
    sent = told["spark.jars"].split(",")
    assert (sent[-1], sum("kafka" in file for file in sent)) == ("/my.jar", 3)
    elsewhere = _told(mesh(**place, hubs={"crm": kafka}), "spark://x", {})
    assert len(elsewhere["spark.jars"].split(",")) == len(sessions.wanted_jars(kafka=True))


def test_a_jvm_gets_options_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    options, archived = "spark.driver.extraJavaOptions", "-XX:SharedArchiveFile=a.jsa"
    monkeypatch.setattr(sessions, "resolve_jars", lambda folder: ())
    monkeypatch.setattr(sessions, "options_with", lambda folder, said: said)
    here = mesh(platform="local", lakehouse="lakehouse")
    assert options not in _told(here, "local[2]", {})
    assert _told(here, "local[2]", {options: "-Da=b"})[options] == "-Da=b"
    monkeypatch.setattr(sessions, "options_with", lambda folder, said: f"{archived} {said}".strip())
    assert _told(here, "local[2]", {})[options] == archived
    assert options not in _told(here, "spark://somewhere.example.com:7077", {})
