"""What pyspark looks up in Java for each function of each column, looked up once.

py4j keeps no name: at each call it asks Java again, which tries the name in every package that pyspark
imports, through every JAR. Planning a batch asks thousands of times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from py4j.java_gateway import JavaClass

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SPARKS = (
    "org.apache.spark.api.python.PythonUtils",
    "org.apache.spark.sql.api.python.PythonSQLUtils",
    "org.apache.spark.sql.functions",
)


class _Known(JavaClass):  # type: ignore[misc]
    """A class of Java that keeps its static methods, once they were asked for."""

    def __getattr__(self, name: str) -> Any:
        member = super().__getattr__(name)
        self.__dict__[name] = member
        return member


def remember_names(session: SparkSession) -> None:
    """Let a session of this process keep the names that pyspark asks for most."""
    java: Any = session._jvm
    for name in _SPARKS:
        known = _Known(name, java._gateway_client)
        setattr(java, name, known)
        setattr(java, name.rpartition(".")[2], known)
    package = java.py4j
    reflection = package.reflection
    reflection.TypeUtil = _Known("py4j.reflection.TypeUtil", java._gateway_client)
    package.reflection = reflection
    java.py4j = package
