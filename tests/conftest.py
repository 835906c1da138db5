"""What all tests share: one lean Spark session, the quick tests first, no unexpected skip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from tests.broker import Broker

    from lakemesh.spec.loader import Mesh

ROOT = Path(__file__).parent.parent
# The beginnings of reasons for which a test may skip in CI: a container's root may not mount, and Linux alone
# lets a process set another's limits.
EXPECTED_SKIPS: tuple[str, ...] = ("no disk can be mounted here", "no limits of another process here")

_unexpected: list[str] = []

# How long an example takes is the machine's affair.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick ones first: without Spark, then with it, then slow ones, of which the longest begin.

    Each of two workers takes the next one, with one Spark session of its own. Short processes come last, so
    that no worker waits for minutes for the other.
    """
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
    """The one Spark session of the test process: lakemesh's own, lean, its traces in a temporary folder."""
    from lakemesh.runner.session import open_session

    home = tmp_path_factory.mktemp("spark")
    session = open_session(_mesh(home))
    yield session
    session.stop()


@pytest.fixture(scope="session")
def connect_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the one Spark Connect server; who asks for it belongs to the group `connect`."""
    from tests.servers import connect_server

    with connect_server(tmp_path_factory.mktemp("connect")) as address:
        yield address


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The one broker in place of an Event Hubs namespace; who asks for it belongs to the group `kafka`."""
    from tests.broker import run_broker

    with run_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


def _mesh(home: Path) -> Mesh:
    from tests.servers import LONG_JAVA

    from lakemesh.spec.environment import EnvironmentSpec
    from lakemesh.spec.loader import Mesh
    from lakemesh.spec.mesh import MeshSpec

    java = f"{LONG_JAVA} -Dderby.system.home={home} -Djava.io.tmpdir={home}"
    settings = {
        "spark.driver.extraJavaOptions": java,
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.local.dir": str(home / "local"),
        # Compiling a query of ten rows takes longer than interpreting it; whole processes run compiled.
        "spark.sql.codegen.wholeStage": False,
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        # 10,000 unless told, with which a VACUUM of an empty table takes a minute
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": 2,
    }
    environment = {
        "platform": "local",
        "lakehouse": str(home / "lakehouse"),
        # For the JARs of Spark's Kafka source, which a session has from its start or never.
        "hubs": {"any": {"transport": "kafka", "credential": {"secret": "any/hub"}}},
        "spark": {"master": "local[2]", "settings": settings},
    }
    spec = MeshSpec.model_validate({"tenant": "tests", "timeZone": "UTC", "domains": {}})
    return Mesh(ROOT, spec, "tests", EnvironmentSpec.model_validate(environment), {})


def _weight(item: pytest.Item) -> tuple[int, int]:
    slow = item.get_closest_marker("slow")
    if slow:
        return 2, -slow.kwargs.get("minutes", 0)
    return (3 if item.get_closest_marker("process") else int(_uses_spark(item))), 0


def _uses_spark(item: pytest.Item) -> bool:
    return "spark" in getattr(item, "fixturenames", ())


def _keep(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(EXPECTED_SKIPS):
        _unexpected.append(f"{report.nodeid}: {reason}")
