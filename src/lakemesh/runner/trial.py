"""The cases of tests.yml: the product's own plan, run for real over the records that a case gives.

Only the places differ: inputs are files and tables of a temporary folder. What a case expects is compared as
a multiset of rows, by the columns that each expected row names. A run that fails is what a case with
`expectFailure` expects.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakemesh.errors import CallError, LakemeshError, known_words
from lakemesh.names import FEED
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.composing import query_over
from lakemesh.run import Secrets
from lakemesh.runner.comparison import Difference, compare_table
from lakemesh.runner.givens import give_files, give_table
from lakemesh.runner.lean import lean
from lakemesh.runner.product import run_plan
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob
from lakemesh.spec.outputs import Append, Merge, Overwrite, View, told_by
from lakemesh.write.tables import load
from lakemesh.write.tombstones import leaves_tombstones
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.names import ProductName
    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Flow, Land, Plan, Read
    from lakemesh.runner.report import RunReport
    from lakemesh.spec.cases import Case
    from lakemesh.spec.inputs import ProductInput
    from lakemesh.spec.loader import Mesh

# A case without a clock has this one, so that it gives the same rows every day.
_CLOCK = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# What a table of tombstones says of the batch that left them.
_ORIGIN = tuple(
    Column.model_validate({"name": name, "physicalType": kind})
    for name, kind in {"_run": "string", "_flow": "string", "_batch": "bigint", "_at": "timestamp"}.items()
)


@dataclass(frozen=True, kw_only=True)
class CaseReport:
    """How a case went: passed, or where the tables differ from what it expects."""

    product: str
    case: str
    passed: bool
    message: str = ""
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0

    def facts(self) -> dict[str, Any]:
        """The report as data."""
        return asdict(self)


def run_cases(mesh: Mesh, name: ProductName, session: SparkSession) -> Iterator[CaseReport]:
    """A report for each case of a product's tests.yml, in their order, as each is done."""
    for case in mesh.get(name).cases:
        started = time.monotonic()
        folder = tempfile.mkdtemp(prefix="lakemesh-trial-")
        try:
            with lean(session):
                report = _run_case(mesh, name, case, session, Path(folder))
        except LakemeshError as error:
            report = CaseReport(product=str(name), case=case.name, passed=False, message=str(error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        seconds = round(time.monotonic() - started, 3)
        yield CaseReport(**{**report.__dict__, "seconds": seconds})


def _run_case(mesh: Mesh, name: ProductName, case: Case, session: SparkSession, folder: Path) -> CaseReport:
    plan = _moved(mesh, name, case, folder)
    _give(mesh, plan, case, session, folder)
    begun = plan.model_copy(update={"flows": _with_news(plan, case)})
    wrong_end = _wrong_end(run_plan(begun, session, given=_secrets(plan)), case.expect_failure)
    if wrong_end:
        return CaseReport(product=str(name), case=case.name, passed=False, message=wrong_end)
    _keep_views(session, plan, case)
    places = _places(plan)
    differences = [
        compare_table(session, table, places[table], rows)
        for table, rows in case.expect.items()
        if _known(table, places)
    ]
    wrong = tuple(difference for difference in differences if difference)
    return CaseReport(product=str(name), case=case.name, passed=not wrong, differences=wrong)


def _secrets(plan: Plan) -> Secrets:
    """What stands for the plan's secrets in a case: each reference for itself, so that none need be set."""
    return Secrets({reference: reference for reference in plan.secrets})


def _wrong_end(report: RunReport, failure: str | None) -> str:
    """How the run ended otherwise than the case expects; nothing where it ended so."""
    failed = report.state != "succeeded"
    if failure is None:
        return report.message if failed else ""
    if not failed:
        return f"the run succeeded, and the case expects it to fail: {failure}"
    return "" if failure in report.message else f"expected to fail: {failure}; failed: {report.message}"


def _moved(mesh: Mesh, name: ProductName, case: Case, folder: Path) -> Plan:
    """The product's plan with its tables, inputs and clock moved into the case's folder."""
    place = mesh.environment.model_copy(
        update={"lakehouse": str(folder / "lakehouse"), "clock": case.clock or _CLOCK}
    )
    plan = compile_plan(type(mesh)(mesh.root, mesh.spec, mesh.environment_name, place, mesh.products), name)
    return plan.model_copy(update={"flows": tuple(_moved_flow(flow, folder) for flow in plan.flows)})


def _with_news(plan: Plan, case: Case) -> tuple[Flow, ...]:
    """The flows that have something to read; one in any case, so that the tables are made."""
    flows = tuple(flow for flow in plan.flows if flow.input is None or case.given.get(flow.input))
    return flows or plan.flows[:1]


def _moved_flow(flow: Flow, folder: Path) -> Flow:
    reads = tuple(_moved_read(read, folder) for read in flow.reads)
    return flow.model_copy(update={"reads": reads})


def _moved_read(read: Read, folder: Path) -> Read:
    if not read.is_json:
        return read.model_copy(update={"view": None})  # the case gives the rows of a view, too
    # A case gives text, whatever the bodies of events are.
    of_hub = {"start_from": "earliest", "compression": "none"}
    changes = {"pattern": None} if isinstance(read.port, Blob) else of_hub
    port = read.port.model_copy(update=changes)
    path = str(folder / "given" / read.name)
    hub = getattr(read.port, "hub", None)
    paths = (f"{path}/namespace/{hub}" if hub else path,)
    return read.model_copy(update={"paths": paths, "port": port, "hub": None, "avro": None})


def _give(mesh: Mesh, plan: Plan, case: Case, session: SparkSession, folder: Path) -> None:
    """Put the case's records and tables where the plan reads them; what a case leaves out is empty."""
    reads = {read.name: read for flow in plan.flows for read in flow.reads}
    lands = {land.name: land for flow in plan.flows for land in flow.outputs}
    tables = lands | {land.name: land for land in map(_beside, lands.values()) if land is not None}
    _require_known("given", case.given, reads)
    _require_known("tables", case.tables, tables)
    for name, read in reads.items():
        records = case.given.get(name, ())
        if read.is_json:
            give_files(read, records)
        elif read.table is not None:
            rows = [row for row in records if isinstance(row, dict)]
            give_table(session, _as_land(mesh, read, next(iter(lands.values()))), rows, f"given.{name}")
    for name, there in case.tables.items():
        give_table(session, tables[name], list(there), f"tables.{name}")


def _beside(land: Land) -> Land | None:
    """The tombstones of an output as a table that can be made; None where it leaves none."""
    port = land.port
    if not (isinstance(port, Merge | Overwrite) and leaves_tombstones(port)):
        return None
    said = {name.lower() for name in (*told_by(port), *port.sequence_by)}
    columns = tuple(column for column in land.columns or () if column.name.lower() in said)
    return land.model_copy(
        update={
            "name": f"{land.name}__tombstones",
            "port": Append.model_validate({"write": "append", "from": port.from_}),
            "table": land.tombstones,
            "columns": columns and (*columns, *_ORIGIN),
            "properties": {},
        }
    )


def _as_land(mesh: Mesh, read: Read, like: Land) -> Land:
    """The upstream's table as something that can be made: its contract's columns, nothing else of it."""
    port: ProductInput = read.port  # type: ignore[assignment]
    domain, _, product = port.product.partition(".")
    upstream = mesh.get(type(mesh.names[0])(domain, product))
    output = upstream.spec.output_ports[port.port]
    columns: tuple[Column, ...] | None = upstream.columns(output.schema_)
    if isinstance(output, View):
        output = Append.model_validate({"write": "append", "from": port.port})
    if columns is None or read.table is None:
        raise CallError(f"the case cannot give rows of {port.product}.{port.port}: that port has no schema")
    feed = {FEED: "true"} if port.read == "changes" else {}
    return like.model_copy(
        update={
            "name": port.port,
            "port": output,
            "table": read.table,
            "columns": columns,
            "properties": feed,
        }
    )


def _require_known(key: str, said: dict[str, Any], known: dict[str, Any]) -> None:
    for name in said:
        if name not in known:
            raise CallError(f"'{name}' under {key} is not part of the product.{known_words(known)}")


def _keep_views(session: SparkSession, plan: Plan, case: Case) -> None:
    """Put what the views give that a case expects something of where its other tables are."""
    for view in plan.views:
        tables = view.source.tables
        # Where a run failed before it made a table, its view has no rows.
        if view.name in case.expect and all(is_there(session, place) for place in tables.values()):
            frames: dict[str, Any] = {
                f"view{number}": load(session, place) for number, place in enumerate(tables.values())
            }
            rows = session.sql(query_over(view.source.sql, tuple(tables)), **frames)
            rows.write.format("delta").save(view.place.location)


def _places(plan: Plan) -> dict[str, Place]:
    """Every table that a case may speak of, by the name it has there."""
    places: dict[str, Place] = {view.name: view.place for view in plan.views}
    for flow in plan.flows:
        for land in flow.outputs:
            places |= {land.name: land.table, f"{land.name}__quarantine": land.quarantine}
            places[f"{land.name}__tombstones"] = land.tombstones
        for read in flow.reads:
            if read.rejected is not None:
                places[f"{read.name}__rejected"] = read.rejected
    return places


def _known(table: str, places: dict[str, Place]) -> bool:
    _require_known("expect", {table: ()}, places)
    return True
