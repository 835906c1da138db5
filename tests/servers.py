"""Spark's own servers, for tests of what runs elsewhere than in the process of the tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lakemesh.runner.archive import options_with
from lakemesh.runner.jars import jars_folder, resolve_jars

ROOT = Path(__file__).parents[1]
# With one compiler alone Java keeps 48 MB for what it compiled: Spark fills it, and sweeping takes a fifth of
# the time.
_ROOM = "-XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=256m -XX:+UseSerialGC"
LEAN_JAVA = f"-XX:TieredStopAtLevel=1 {_ROOM}"
# What runs for a quarter of an hour is worth the second compiler, too.
LONG_JAVA = f"{_ROOM} -Xms1g -Xmn384m"
LEAN = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
FEW = {**LEAN, "spark.sql.shuffle.partitions": 2, "spark.databricks.delta.snapshotPartitions": 1}


@contextmanager
def daemon(folder: Path, *words: str, memory: str = "256m") -> Iterator[None]:
    """One of Spark's own servers, for as long as the block lasts."""
    import pyspark

    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    settings = {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": memory,
        "PYSPARK_PYTHON": sys.executable,
    }
    with subprocess.Popen(
        [str(spark_class), *words],
        env={**os.environ, **settings, "PYSPARK_PYTHON": sys.executable},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            yield
        finally:
            running.terminate()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(port: int) -> None:
    """Return as soon as somebody listens."""
    for _ in range(300):
        with closing(socket.socket()) as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """The address of a Spark Connect server, started as whoever keeps one starts it."""
    port = free_port()
    java = options_with(jars_folder(ROOT), f"{LEAN_JAVA} -Djava.io.tmpdir={folder}")
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": ":".join(map(str, resolve_jars(jars_folder(ROOT)))),
        "spark.driver.extraJavaOptions": java,
        "spark.local.dir": str(folder / "local"),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
    }
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    words = ["org.apache.spark.deploy.SparkSubmit", "--master", "local[2]", "--class", server]
    words += [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    with daemon(folder, *words, "spark-internal", memory="1g"):
        wait_for(port)
        yield f"sc://127.0.0.1:{port}"
