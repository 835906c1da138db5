"""The reference mesh over Spark Connect and on a cluster of two workers: the tables of the manifest, too."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pyspark
import pytest
from tests.mesh.test_reference_mesh import ROOT, differences

from lakemesh.demo.generate import generate
from lakemesh.runner.jars import jars_folder, resolve_jars

pytestmark = pytest.mark.process
ORDERS = 60
LEAN_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
LEAN = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
LEAN_CLUSTER = {
    **LEAN,
    "spark.driver.extraJavaOptions": LEAN_JAVA,
    "spark.executor.extraJavaOptions": LEAN_JAVA,
    "spark.executor.memory": "512m",
}


def copy_mesh(root: Path, **spark: object) -> Path:
    """The shipped mesh, its Spark somewhere else."""
    for name in ("conf", "bundles"):
        shutil.copytree(ROOT / name, root / name)
    file = root / "conf/environments/local.yml"
    text = file.read_text(encoding="utf-8")
    said = 'spark: {master: "local[*]"}'
    assert said in text
    file.write_text(text.replace(said, f"spark: {json.dumps(spark)}"), encoding="utf-8")
    return root


def run_all(root: Path) -> None:
    settings = {"LAKEMESH_JARS": str(jars_folder(ROOT)), "PYSPARK_PYTHON": sys.executable}
    command = [sys.executable, "-m", "lakemesh.cli", "--mesh", str(root), "run", "--all"]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "batch 0 done: read" in done.stderr


@contextmanager
def daemon(folder: Path, *words: str, memory: str = "256m") -> Iterator[None]:
    """One of Spark's own servers, for as long as the block lasts."""
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
def cluster(folder: Path) -> Iterator[str]:
    """The address of a master with two workers of a core each."""
    package, port = "org.apache.spark.deploy", free_port()
    master = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
    worker = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0")
    with ExitStack() as running:
        running.enter_context(daemon(folder, f"{package}.master.Master", *master))
        wait_for(port)
        for number in range(2):
            place = ("--work-dir", str(folder / f"worker{number}"))
            address = f"spark://127.0.0.1:{port}"
            running.enter_context(daemon(folder, f"{package}.worker.Worker", *worker, *place, address))
        yield address


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """The address of a Spark Connect server, started as whoever keeps one starts it."""
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": ":".join(map(str, resolve_jars(jars_folder(ROOT)))),
        "spark.driver.extraJavaOptions": f"{LEAN_JAVA} -Djava.io.tmpdir={folder}",
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


def test_over_spark_connect(tmp_path: Path) -> None:
    few = {**LEAN, "spark.sql.shuffle.partitions": 2, "spark.databricks.delta.snapshotPartitions": 1}
    with connect_server(tmp_path) as address:
        root = copy_mesh(tmp_path / "mesh", remote=address, settings=few)
        manifest = generate(root, orders=ORDERS)
        run_all(root)
    assert list(differences(root, manifest)) == []
    assert [path for path in (root / "lakehouse/_staging").glob("*/*/*")] == []


def test_on_a_cluster_of_two_workers(tmp_path: Path) -> None:
    with cluster(tmp_path) as address:
        root = copy_mesh(tmp_path / "mesh", master=address, settings=LEAN_CLUSTER)
        manifest = generate(root, orders=ORDERS)
        run_all(root)
    assert list(differences(root, manifest)) == []
