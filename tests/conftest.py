"""What all tests share: one lean Spark session, the quick tests first, no unexpected skip."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.runner.jars import jars_folder, resolve_jars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parent.parent
EXPECTED_SKIPS: tuple[str, ...] = ()  # the beginnings of reasons for which a test may skip in CI; none so far

_unexpected: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick ones first: without Spark, then with it, then slow ones, then those that start processes."""
    items.sort(key=_weight)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the skips whose reason is on no list."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _keep(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keep the modules that skipped as a whole."""
    if report.skipped:
        _keep(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI an unexpected skip is a failure."""
    if _unexpected and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skips nobody expected."""
    if _unexpected:
        terminalreporter.section(
            "unexpected skips (a failure in CI; tests/conftest.py lists the expected ones)"
        )
        terminalreporter.write_line("\n".join(_unexpected))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one Spark session of the test process: local, lean, its traces in a temporary folder."""
    from pyspark.sql import SparkSession

    home = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("lakemesh tests")
    for key, value in _settings(home).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def _settings(home: Path) -> dict[str, str]:
    jars = ":".join(map(str, resolve_jars(jars_folder(ROOT))))
    (home / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    java = f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dderby.system.home={home} -Djava.io.tmpdir={home}"
    return {
        "spark.driver.extraClassPath": jars,
        "spark.driver.extraJavaOptions": f"{java} -Dlog4j2.configurationFile=file:{home}/log4j2.properties",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.local.dir": str(home / "local"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        # 10,000 by default, which makes a VACUUM of an empty table take a minute
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }


def _weight(item: pytest.Item) -> int:
    if item.get_closest_marker("process"):
        return 3
    if item.get_closest_marker("slow"):
        return 2
    return int("spark" in getattr(item, "fixturenames", ()))


def _keep(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(EXPECTED_SKIPS):
        _unexpected.append(f"{report.nodeid}: {reason}")


_LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""
