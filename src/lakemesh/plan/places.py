"""Where things are on which platform; the only module that spells a location.

Local tables are Delta folders `lakehouse/<domain>/<product>/<port>`; on Databricks they are Unity Catalog
tables `<catalog of the domain>.<product>.<port>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lakemesh.errors import CallError
from lakemesh.names import ProductName, TableName, quote, quote_path
from lakemesh.spec.model import Model

if TYPE_CHECKING:
    from lakemesh.spec.environment import EnvironmentSpec

# What deltalake takes in no path: it ends the process, or finds nothing there.
_ODD = frozenset("[]^|\\")
OPS_TABLES = ("runs", "batches", "ledger", "checks")


class Place(Model):
    """A table: what SQL calls it (`name`: domain.product.port) and where it is (`location`)."""

    name: str
    location: str
    platform: Literal["local", "databricks"] = "local"

    @property
    def sql(self) -> str:
        """The table as Spark SQL names it: delta.`folder`, or its quoted catalog name."""
        return f"delta.{quote(self.location)}" if self.platform == "local" else quote_path(self.location)

    @property
    def folder(self) -> str | None:
        """The folder of this machine that the table is; None for a table that only Spark can reach."""
        return self.location if self.platform == "local" and "://" not in self.location else None

    @property
    def is_written(self) -> bool:
        """Whether there is a table, as far as this machine can see: of one elsewhere nothing is known."""
        return self.folder is None or Path(self.folder, "_delta_log").is_dir()

    def beside(self, suffix: str) -> Place:
        """The companion table of this one, such as its __quarantine."""
        return self.model_copy(update={"name": self.name + suffix, "location": self.location + suffix})


class Places(Model):
    """All locations of one environment of one mesh."""

    platform: Literal["local", "databricks"]
    root: str
    lakehouse: str
    catalogs: dict[str, str] = {}
    prefix: str = ""
    """What stands before the name of each product's schema, so that several can share the catalogs."""

    def table(self, name: TableName, major: int = 1) -> Place:
        """The table of a port; a second major stands beside the first as <port>_v2."""
        port = name.port if major in (0, 1) else f"{name.port}_v{major}"
        if self.platform == "local":
            location = f"{self.lakehouse}/{name.domain}/{self.prefix}{name.product}/{port}"
        else:
            catalog = self.catalogs.get(name.domain, name.domain)
            location = f"{catalog}.{self.prefix}{name.product}.{port}"
        return Place(name=f"{name.domain}.{name.product}.{port}", location=location, platform=self.platform)

    def ops(self, domain: str, table: str) -> Place:
        """One of a domain's ops tables: runs, batches, ledger or checks."""
        if self.platform == "local":
            location = f"{self.lakehouse}/_ops/{self.prefix}{domain}/{table}"
            return Place(name=f"{domain}._ops.{table}", location=location)
        location = f"{self.catalogs.get(domain, domain)}.{self.prefix}_ops.{table}"
        return Place(name=f"{domain}._ops.{table}", location=location, platform=self.platform)

    def checkpoints(self, product: ProductName, flow: str) -> str:
        """The folder that holds one checkpoint for each generation of a flow."""
        return f"{self.lakehouse}/_checkpoints/{product.domain}/{self.prefix}{product.name}/{flow}"

    def staging(self, product: ProductName) -> str:
        """The folder that holds what a run of the product keeps while it lasts; nobody else reads it."""
        return f"{self.lakehouse}/_staging/{product.domain}/{self.prefix}{product.name}"

    def lock(self, product: ProductName) -> str:
        """The file that a run of the product holds."""
        return f"{self.lakehouse}/_locks/{self.prefix}{product}.lock"

    def resolve(self, path: str) -> str:
        """A path of a spec: one with a scheme as it is, any other from the mesh's root."""
        return path if "://" in path else str(Path(self.root) / path).rstrip("/")


def places_of(root: Path, environment: EnvironmentSpec) -> Places:
    """The locations that an environment gives a mesh in a folder.

    Raises CallError where the lakehouse would be a folder that no table can lie in.
    """
    lakehouse = environment.lakehouse or "lakehouse"
    whole = lakehouse if "://" in lakehouse else str((root / lakehouse).resolve())
    odd = sorted(_ODD & set(whole)) if "://" not in whole else ()
    if odd and environment.platform == "local":
        raise CallError(
            f"the lakehouse would be {whole}, and no table can lie in a folder with {' or '.join(odd)} in its"
            " path: move the mesh, or name another lakehouse in the environment."
        )
    return Places(
        platform=environment.platform,
        root=str(root.resolve()),
        lakehouse=whole.rstrip("/"),
        catalogs=environment.catalogs,
        prefix=environment.schema_prefix or "",
    )
