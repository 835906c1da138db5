"""Some rows after a step, over a sample of the newest records; nothing is written, no checkpoint is moved.

All inputs are read at once, where a run reads one incremental input at a time: a preview shows what a step
makes of them. Classified values are replaced before they are handed out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakemesh import read as reading
from lakemesh.names import METADATA, quote
from lakemesh.plan.classified import classified_views
from lakemesh.plan.excerpts import plan_for
from lakemesh.plan.lineage import Paths, below, split
from lakemesh.read.samples import Most, Sampled, sample_input
from lakemesh.run import Run, secrets_from_env
from lakemesh.runner.evolving import found_fields
from lakemesh.runner.explain import explain
from lakemesh.runner.hubs import require_answer
from lakemesh.transform import transform

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.names import ProductName
    from lakemesh.plan.stages import Flow, Plan, Read
    from lakemesh.read import Batch
    from lakemesh.spec.loader import Mesh

MASK = "***"
MOST = Most(files=20, records=10_000)
_AS_IT_IS = {"ignoreNullFields": "false", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"}
# Shown only where they have something to say.
_ASIDES = ("_rescued_data", "_cast_errors")


@dataclass(frozen=True)
class Looked:
    """What was read of an input: files (the newest, of so many), a version of a table, or events of a hub."""

    name: str
    files: int | None = None
    of: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class Preview:
    """Rows of a view, whether there are more, and the paths of the values that are masked."""

    product: str
    view: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False
    masked: tuple[str, ...] = ()
    inputs: tuple[Looked, ...] = ()
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)
    """Where there is no row: for each input, the reasons why records of it were rejected."""


def preview_view(mesh: Mesh, name: ProductName, view: str, session: SparkSession, limit: int) -> Preview:
    """At most `limit` rows of a step or input port of a product that was cut to it.

    Raises RunError where Spark cannot read the inputs or do the steps, SecretMissing where a step lacks one.
    """
    plan = plan_for(mesh, name, view)
    session.conf.set("spark.sql.session.timeZone", plan.time_zone)
    flow, run = plan.flows[0], _open_run(plan, session)
    try:
        return _preview(mesh, plan, flow, view, run, limit)
    except Exception as error:
        raise explain(error, flow).at(plan.product) from error


def _open_run(plan: Plan, session: SparkSession) -> Run:
    clock = dt.datetime.fromisoformat(plan.clock) if plan.clock else dt.datetime.now(dt.UTC)
    return Run(session, "preview", clock, plan.time_zone, secrets_from_env(plan.secrets, plan.secrets_file))


def _preview(mesh: Mesh, plan: Plan, flow: Flow, view: str, run: Run, limit: int) -> Preview:
    views: dict[str, DataFrame] = {}
    batches: dict[str, Batch] = {}
    found = found_fields(plan, flow, run)
    reads = [read.model_copy(update={"evolved": found.get(read.name, ())}) for read in flow.reads]
    looked = tuple(_read(read, run, views, batches) for read in reads)
    for step in flow.steps:
        views[step.name] = transform(step, views, run)
    frame = views[view].drop("_source")
    paths = classified_views(mesh, plan.name, {name: one.columns for name, one in views.items()})[view]
    rows = list(_rows(frame, paths, limit + 1))
    columns = _shown(frame.columns, rows[:limit])
    return Preview(
        product=plan.product,
        view=view,
        columns=columns,
        rows=tuple(tuple(row[name] for name in columns) for row in rows[:limit]),
        more=len(rows) > limit,
        masked=tuple(_masked(frame.select(*map(quote, columns)).schema, paths)),
        inputs=looked,
        rejected={} if rows else {name: _reasons(batch) for name, batch in batches.items()},
    )


def _read(read: Read, run: Run, views: dict[str, DataFrame], batches: dict[str, Batch]) -> Looked:
    """What was read of an input; its view is added to the views."""
    if not read.port.incremental:
        versions = reading.snapshot_versions(read, run)
        views[read.name] = reading.read_snapshot(read, versions, run)
        return Looked(read.name, version=versions.get(read.name))  # of a view there is no one version
    require_answer(read, run)
    sampled: Sampled = sample_input(read, run, MOST)
    if not read.is_json:
        views[read.name] = sampled.frame
        return Looked(read.name, version=sampled.version)
    batch = batches[read.name] = reading.judge_records(read, sampled.frame, run)
    views[read.name] = batch.accepted()
    return Looked(read.name) if read.hub else Looked(read.name, files=sampled.files, of=sampled.of)


def _reasons(batch: Batch) -> dict[str, int]:
    counted = batch.frame.where(batch.reason.isNotNull()).groupBy(batch.reason.alias("reason")).count()
    return {row["reason"]: row["count"] for row in counted.collect()}


def _rows(frame: DataFrame, paths: Paths, limit: int) -> Iterator[dict[str, Any]]:
    """The first rows, every value as Python has it, classified ones replaced."""
    whole = F.struct(*(F.col(quote(name)) for name in frame.columns))
    for row in frame.limit(limit).select(F.to_json(whole, _AS_IT_IS).alias("text")).collect():
        yield plain(json.loads(row["text"], parse_float=Decimal), frame.schema, paths)


def plain(value: Any, kind: T.DataType, paths: Paths) -> Any:
    """A value of Spark's JSON as Python has it; at a classified path it is masked, but NULL stays NULL."""
    if value is None:
        return None
    if () in paths and not isinstance(kind, T.StructType):
        return MASK
    match kind:
        case T.StructType():
            return {f.name: plain(value.get(f.name), f.dataType, below(paths, split(f.name))) for f in kind}
        case T.ArrayType():
            return [plain(item, kind.elementType, paths) for item in value]
        case T.MapType():
            return {key: plain(item, kind.valueType, paths) for key, item in value.items()}
        case T.TimestampType() | T.TimestampNTZType():
            return dt.datetime.fromisoformat(value)
        case T.DateType():
            return dt.date.fromisoformat(value)
        case T.DoubleType() | T.FloatType():
            return float(value)
        case _:
            return value


def _shown(columns: list[str], rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """The columns to be shown: the data's, and of the metadata what has a value in some row."""
    telling = {name for name in _ASIDES if any(row.get(name) is not None for row in rows)}
    return tuple(name for name in columns if name not in METADATA or name in telling)


def _masked(kind: T.DataType, paths: Paths, above: str = "") -> Iterator[str]:
    """The dotted paths of the values that are masked."""
    match kind:
        case T.StructType() if paths:
            for one in kind:
                yield from _masked(one.dataType, below(paths, split(one.name)), f"{above}.{one.name}")
        case T.ArrayType():
            yield from _masked(kind.elementType, paths, above)
        case T.MapType():
            yield from _masked(kind.valueType, paths, above)
        case _ if () in paths:
            yield above.removeprefix(".")
