from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from py4j.clientserver import ClientServerConnection
from py4j.java_gateway import JavaClass
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakemesh.runner.bridge import remember_names


@contextmanager
def lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names that Java is asked for within."""
    asked: list[str] = []
    real = ClientServerConnection.send_command

    def send(self: Any, command: str) -> Any:
        if command.startswith("r\n"):
            asked.append(command.split("\n")[2])
        return real(self, command)

    with monkeypatch.context() as patched:
        patched.setattr(ClientServerConnection, "send_command", send)
        yield asked


def plan(spark: SparkSession) -> list[Any]:
    column = F.transform(F.array(F.col("id"), F.lit(1)), lambda one: one + 1)
    return spark.range(1).select(F.coalesce(column, F.array()).alias("a")).collect()


def test_names_are_looked_up_once(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(spark)
    with lookups(monkeypatch) as asked:
        assert plan(spark) == [([1, 2],)]
    assert [name for name in asked if "functions" in name or "Python" in name or "py4j" in name] == []


def test_a_class_keeps_its_methods_and_what_it_has_not_stays_unknown(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_names(spark)
    functions = spark._jvm.functions  # type: ignore[attr-defined]
    assert isinstance(functions, JavaClass)
    with lookups(monkeypatch) as asked:
        assert functions.lit(1).toString() == functions.lit(1).toString() == "1"
    assert asked == ["org.apache.spark.sql.functions"]
    with pytest.raises(Exception, match="no_such does not exist"):
        functions.no_such(1)
