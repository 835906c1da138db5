"""The reference mesh over Spark Connect and on a cluster of two workers: the tables of the manifest, too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.mesh.test_reference_mesh import ROOT, differences
from tests.servers import FEW, LEAN, LEAN_JAVA, daemon, free_port, wait_for

from lakemesh.demo.generate import generate
from lakemesh.runner.jars import jars_folder

pytestmark = [pytest.mark.slow(minutes=2), pytest.mark.process]
ORDERS = 60
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


@pytest.mark.xdist_group("connect")
def test_over_spark_connect(tmp_path: Path, connect_address: str) -> None:
    root = copy_mesh(tmp_path / "mesh", remote=connect_address, settings=FEW)
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
