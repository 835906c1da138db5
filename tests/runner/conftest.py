"""A mesh of one domain: products said in a few lines, run on the tests' session, looked at without Spark."""

from __future__ import annotations

import gzip
import json
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.names import ProductName
from lakemesh.spec.loader import Mesh, load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.runner.product import Listener
    from lakemesh.runner.report import RunReport

MESH = "tenant: tests\ntimeZone: {zone}\ndomains: {{shop: {{owner: Shop}}}}\n"
ENVIRONMENT = """
platform: local
lakehouse: lakehouse
landing: {shop: data}
hubs: {shop: {transport: capture, path: capture}}
"""
PRODUCT = "apiVersion: lakemesh/v1\nkind: DataProduct\nname: {name}\ndomain: shop\nversion: {version}\n"
Row = dict[str, Any]


class Mini:
    """A small mesh and what its runs leave."""

    def __init__(self, root: Path, spark: SparkSession | None) -> None:
        self.root, self.spark = root, spark
        self.write("conf/environments/local.yml", ENVIRONMENT)
        self.zone("UTC")

    def copied(self, root: Path) -> Mini:
        """The same mesh in another folder, for runs of other processes."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return Mini(root, None)

    def zone(self, zone: str) -> None:
        """Say the mesh's time zone."""
        self.write("conf/mesh.yml", MESH.format(zone=zone))

    def elsewhere(self, **spark: Any) -> None:
        """Say where Spark runs."""
        self.write("conf/environments/local.yml", f"{ENVIRONMENT}spark: {json.dumps(spark)}\n")

    def write(self, path: str, text: str) -> Path:
        """Write a file of the mesh."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def product(self, name: str, body: str, version: str = "1.0.0") -> None:
        """Say a product; the body begins at inputPorts."""
        head = PRODUCT.format(name=name, version=version)
        self.write(f"bundles/shop/{name}/product.yml", head + textwrap.dedent(body))

    def land(self, path: str, *records: Row | str) -> Path:
        """Put a file of JSON lines under data/."""
        file = self.root / "data" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        data = "".join(f"{line}\n" for line in lines).encode()
        file.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
        return file

    def put(self, name: str, query: str, mode: str = "append") -> None:
        """Put the rows of a query into a table, named product/port, without a run."""
        self.spark.sql(query).write.format("delta").mode(mode).save(str(self.table(name)))

    def mesh(self) -> Mesh:
        """The mesh as it is said now; it must have no findings."""
        return load_mesh(self.root).require()

    def run(self, name: str, listen: Listener | None = None, **extent: Any) -> RunReport:
        """Run a product; `extent` says more than that what is new is read."""
        from lakemesh.runner.extent import Extent
        from lakemesh.runner.product import run_product

        return run_product(self.mesh(), ProductName("shop", name), self.spark, listen, Extent(**extent))

    def ran(self, name: str, listen: Listener | None = None, **extent: Any) -> RunReport:
        """Run a product that must succeed."""
        report = self.run(name, listen, **extent)
        assert report.state == "succeeded", report.message
        return report

    def table(self, name: str) -> Path:
        """The folder of a table, named product/port."""
        return self.root / "lakehouse/shop" / name

    def rows(self, name: str) -> list[Row]:
        """The rows of a table, named product/port; none where there is no table."""
        return rows_of(self.table(name))

    def version(self, name: str) -> int:
        """The version at which a table stands."""
        from deltalake import DeltaTable

        return DeltaTable(str(self.table(name))).version()

    def ops(self, table: str) -> list[Row]:
        """The rows of an ops table, as they came."""
        return sorted(rows_of(self.root / "lakehouse/_ops/shop" / table), key=lambda row: row["at"])

    def states(self) -> list[tuple[int, str]]:
        """Number and state of each row of `batches`."""
        return [(row["batch"], row["state"]) for row in self.ops("batches")]


def rows_of(path: Path) -> list[Row]:
    """The rows of a Delta folder; none where there is no table."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(path)):
        return []
    return DeltaTable(str(path)).to_pyarrow_table().to_pylist()


@pytest.fixture(scope="session")
def new_mini(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Callable[[], Mini]:
    """What makes empty meshes, for a test with several."""
    return lambda: Mini(tmp_path_factory.mktemp("mini"), spark)


@pytest.fixture
def cold_mini(tmp_path: Path) -> Mini:
    """An empty mesh for runs of other processes: it has no session."""
    return Mini(tmp_path, None)


@pytest.fixture
def mini(tmp_path: Path, spark: SparkSession) -> Mini:
    """An empty mesh in a folder of the test's own."""
    return Mini(tmp_path, spark)
