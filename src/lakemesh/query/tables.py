"""The tables of a mesh as SQL names them, opened by deltalake: no JVM."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.errors import QueryError
from lakemesh.names import ProductName, TableName
from lakemesh.plan.places import OPS_TABLES, Place, places_of
from lakemesh.spec.inputs import Blob, EventHub
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator

    import pyarrow as pa
    from deltalake import DeltaTable

    from lakemesh.plan.places import Places
    from lakemesh.spec.loader import Mesh, Product

_OPS = "_ops"


@dataclass(frozen=True)
class KnownTable:
    """A table that the specs promise: its name in SQL, its place, and whose run writes it (None: any run)."""

    place: Place
    product: ProductName | None

    @property
    def name(self) -> str:
        """The name with its three parts: domain.product.port."""
        return self.place.name

    @property
    def parts(self) -> tuple[str, str, str]:
        """Domain, product and port."""
        domain, product, port = self.place.name.split(".")
        return domain, product, port


def list_tables(mesh: Mesh) -> tuple[KnownTable, ...]:
    """Every table that the mesh's specs promise: ports, what stands beside them, and ops tables.

    Raises QueryError where the environment's tables are not to be read from here.
    """
    require_local(mesh)
    places = places_of(mesh.root, mesh.environment)
    ports = [table for name in mesh.names for table in _tables_of(places, mesh.products[name])]
    domains = sorted({*mesh.spec.domains, *(name.domain for name in mesh.names)})
    ops = [KnownTable(places.ops(domain, table), None) for domain in domains for table in OPS_TABLES]
    return (*ports, *ops)


def require_local(mesh: Mesh) -> None:
    """Nothing. Raises QueryError where the environment's tables are not to be read from here."""
    if mesh.environment.platform != "local":
        raise QueryError(
            f"the tables of environment '{mesh.environment_name}' are on Databricks, and reading"
            " those from here is not built yet: ask a SQL warehouse, or use a local environment."
        )


def _tables_of(places: Places, product: Product) -> Iterator[KnownTable]:
    name = product.name
    for port, spec in product.spec.output_ports.items():
        if isinstance(spec, View):
            continue
        place = places.table(TableName(name.domain, name.name, port), product.spec.major)
        yield KnownTable(place, name)
        yield KnownTable(place.beside("__quarantine"), name)
        yield KnownTable(place.beside("__tombstones"), name)
    for port, source in product.spec.input_ports.items():
        if isinstance(source, Blob | EventHub):
            place = places.table(TableName(name.domain, name.name, port), product.spec.major)
            yield KnownTable(place.beside("__rejected"), name)


def open_table(place: Place, version: int | dt.datetime | None = None) -> DeltaTable | None:
    """The table at a place, at a version (a number, or an instant); None where there is none.

    Raises QueryError where it is there and cannot be read.
    """
    from deltalake import DeltaTable  # native libraries: only for who reads
    from deltalake.exceptions import DeltaError, TableNotFoundError

    try:
        table = DeltaTable(place.location)
        if version is not None:
            table.load_as_version(version)
            _refuse_before_first(table, version)
        return table
    except TableNotFoundError:
        return None
    except (DeltaError, ValueError, OSError) as error:
        at = "" if version is None else f" as of {version}"
        raise QueryError(f"{place.name}{at} cannot be read: {_first_line(error)}") from error


def _refuse_before_first(table: DeltaTable, version: int | dt.datetime) -> None:
    """Raise ValueError for an instant before the first commit, where deltalake would give the first."""
    if isinstance(version, int):
        return
    written = table.history(1)[0].get("timestamp")
    if written is not None and written > version.timestamp() * 1000:
        raise ValueError("the table was not there yet")


def scan(table: DeltaTable) -> pa.dataset.Dataset | pa.RecordBatchReader:
    """The rows of a table for Arrow's readers: read as they are asked for, wherever its protocol allows."""
    import pyarrow as pa
    from deltalake import QueryBuilder
    from deltalake.exceptions import DeltaProtocolError
    from pyarrow.dataset import ParquetReadOptions

    # The bridge to pyarrow looks for mapped columns under their own names and gives NULLs for all of them.
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") == "none":
        with suppress(DeltaProtocolError):
            # What Spark writes by itself are INT96, which would be read as nanoseconds.
            options = ParquetReadOptions(coerce_int96_timestamp_unit="us")
            return table.to_pyarrow_dataset(parquet_read_options=options)
    # Mapped columns, deletion vectors and their like: delta-rs's own engine reads them.
    return pa.RecordBatchReader.from_stream(QueryBuilder().register("t", table).execute("select * from t"))


def read_ops(mesh: Mesh, domain: str, table: str, run_ids: Collection[str] | None = None) -> pa.Table | None:
    """The rows of a domain's ops table (runs, batches, ledger or checks), of some runs or of all.

    None before the domain's first run.
    """
    found = open_table(places_of(mesh.root, mesh.environment).ops(domain, table))
    if found is None:
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = None if run_ids is None else pc.field("run_id").isin(list(run_ids))
    rows = scan(found)
    if isinstance(rows, pa.RecordBatchReader):
        return rows.read_all() if wanted is None else rows.read_all().filter(wanted)
    return rows.to_table(filter=wanted)


def count_rows(place: Place) -> int | None:
    """How many rows a table has; None where there is none."""
    import pyarrow as pa

    found = open_table(place)
    if found is None:
        return None
    rows = scan(found)
    counted: int = rows.read_all().num_rows if isinstance(rows, pa.RecordBatchReader) else rows.count_rows()
    return counted


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
