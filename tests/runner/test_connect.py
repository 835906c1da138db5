"""Batches of another process, told of by what they leave; tests/mesh runs the whole mesh over Connect."""

from __future__ import annotations

import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.errors import SetupError
from lakemesh.observe.events import BatchClosed, BatchOpened, Event
from lakemesh.observe.ledger import TERMS
from lakemesh.runner import connect

DEEP = """
from lakemesh.runner.connect import allow_deep_plans
from pyspark.sql.connect.proto import Relation
import sys
if sys.argv[1] == "allowed":
    allow_deep_plans()
plan = Relation()
for _ in range(200):
    above = Relation()
    above.filter.input.MergeFrom(plan)
    plan = above
"""


@pytest.mark.parametrize(("word", "code"), [("", 1), ("allowed", 0)])
def test_a_plan_may_be_deep(word: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", DEEP, word], capture_output=True, check=False)
    assert done.returncode == code
    assert (b"MaxDepth" in done.stderr) == (code == 1)


def test_batches_are_told_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Event] = []
    run: Any = SimpleNamespace(session=object(), run_id="r", emit=heard.append)
    named = SimpleNamespace(product="a.b", name="f")
    work: Any = SimpleNamespace(plan=named, flow=named, ops=lambda table: table)
    line = {
        **dict.fromkeys(TERMS),
        "kind": "output",
        "name": "o",
        "batch": 0,
        "inserted": 3,
        "quarantined": 1,
    }
    tables: dict[str, list[dict[str, Any]]] = {
        "batches": [{"batch": 0, "state": "open"}, {"batch": 0, "state": "done"}],
        "ledger": [line, {**line, "batch": 1}],
    }
    monkeypatch.setattr(connect, "read_facts", lambda session, table, key: tables[table])
    with connect.heard(work, run):
        assert heard == [], "on classic Spark the batch tells itself"
    monkeypatch.setattr(connect, "is_connect", lambda session: True)
    monkeypatch.setattr(connect, "_EVERY_SECONDS", 0.01)
    with connect.heard(work, run):
        pass
    key: dict[str, Any] = {"product": "a.b", "run_id": "r", "flow": "f", "batch": 0}
    assert heard == [BatchOpened(**key), BatchClosed(**key, read=0, written=3, rejected=0, quarantined=1)]


def test_a_server_that_takes_calls_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(connect, "_answered", lambda address, settings: time.sleep(1))
    with pytest.raises(SetupError) as told:
        connect.connect("sc://host:1/;user_id=ann", {})
    assert str(told.value) == "sc://host:1 does not answer as a Spark Connect server within 0.05 s."


def test_a_setting_that_may_not_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(key: str, value: str) -> None:
        if key == "spark.executor.memory":
            raise RuntimeError(f"[CANNOT_MODIFY_CONFIG] Cannot modify {key}. SQLSTATE: 46110")

    session = SimpleNamespace(version="4.0.5", conf=SimpleNamespace(set=refuse))
    builder = SimpleNamespace(remote=lambda address: builder, getOrCreate=lambda: session)
    monkeypatch.setattr("pyspark.sql.SparkSession.builder", builder)
    made: Any = connect.connect("sc://host:1", {"spark.sql.ansi.enabled": "true"})
    assert made is session
    with pytest.raises(SetupError) as told:
        connect.connect("sc://host:1", {"spark.executor.memory": "1g"})
    assert str(told.value) == (
        "the setting spark.executor.memory cannot be made over Spark Connect: Cannot modify"
        " spark.executor.memory. [CANNOT_MODIFY_CONFIG] Make it where the server is started, and leave it out"
        " of the environment."
    )


def test_a_server_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("Socket closed\n\tat somewhere")

    builder = SimpleNamespace(remote=lambda address: builder, getOrCreate=fail)
    monkeypatch.setattr("pyspark.sql.SparkSession.builder", builder)
    with pytest.raises(SetupError, match=r"^sc://host:1 is no Spark Connect server .*: Socket closed$"):
        connect.connect("sc://host:1", {})
