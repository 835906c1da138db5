"""A flow's stages as frames: inputs read, steps applied, rows counted where they may become fewer or more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakemesh import read as reading
from lakemesh.names import COMMIT_VERSION, METADATA, TRAVELLING, UPSTREAM_VERSION, quote
from lakemesh.runner.evolving import Fields, without_found
from lakemesh.runner.inputs import Judged, judge_batch
from lakemesh.runner.outputs import tells_records
from lakemesh.spec.steps import Deduplicate, Filter, Union
from lakemesh.transform import transform
from lakemesh.transform.failures import told
from lakemesh.transform.rows import KEPT, judge
from lakemesh.write.groups import RECORD

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import Flow, Land, Read, Transform
    from lakemesh.read import Batch
    from lakemesh.run import Observe, Run
    from lakemesh.runner.pins import Pins
    from lakemesh.runner.staging import Staging


_SOURCE = METADATA[0]


@dataclass(frozen=True)
class Frames:
    """The views of one batch, the frames that are kept while it runs, and its judged records by input."""

    views: dict[str, DataFrame]
    staging: Staging
    batches: dict[str, Batch] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    found: Fields = field(default_factory=dict)

    def offered(self, land: Land) -> DataFrame:
        """The view that an output is written from, with the change feed's columns under names of a table."""
        view = without_found(_with_metadata(self.views[land.port.from_]), land, self.found)
        sequence = getattr(land.port, "sequence_by", ())
        is_fed = UPSTREAM_VERSION in sequence and COMMIT_VERSION in view.columns
        return view.withColumnRenamed(COMMIT_VERSION, UPSTREAM_VERSION) if is_fed else view


def _with_metadata(view: DataFrame) -> DataFrame:
    """The view with its metadata under their own names, and beside `_source` which record a row is of.

    Nothing else of it tells: a step may have given `_source` another name.
    """
    for name in view.columns:
        if name.lower() in TRAVELLING and name not in TRAVELLING:
            view = view.withColumnRenamed(name, name.lower())
    told = [field for field in view.schema.fields if RECORD in field.dataType.simpleString()]
    bare = {field.name: _unnumbered(F.col(quote(field.name)), field.dataType) for field in told}
    number = {RECORD: F.col(f"{_SOURCE}.{RECORD}")} if _SOURCE in bare else {}
    return view.withColumns({**number, **bare}) if bare else view


def _unnumbered(value: Column, kind: T.DataType) -> Column:
    """The value without the numbers of records in it."""
    match kind:
        case T.StructType():
            fields = [field for field in kind.fields if field.name != RECORD]
            parts = (_unnumbered(value[field.name], field.dataType).alias(field.name) for field in fields)
            return F.when(value.isNotNull(), F.struct(*parts))
        case T.ArrayType():
            return F.transform(value, lambda item: _unnumbered(item, kind.elementType))
        case T.MapType():
            return F.transform_values(value, lambda _, item: _unnumbered(item, kind.valueType))
        case _:
            return value


def build_frames(
    flow: Flow,
    raw: DataFrame | None,
    pins: Pins,
    run: Run,
    observe: Observe,
    staging: Staging,
) -> Frames:
    """The flow's frames over a micro-batch. What an earlier call has staged is taken as it is."""
    frames = Frames({}, staging, found=pins.found)
    for said in flow.reads:
        read = said.model_copy(update={"evolved": pins.found.get(said.name, ())})
        view = _read(read, raw, pins, run, observe, frames)
        if read.port.incremental and tells_records(flow):
            view = view.withColumn(_SOURCE, F.col(_SOURCE).withField(RECORD, F.monotonically_increasing_id()))
        frames.views[read.name] = _stage(read, view, frames)
        if read.rules and read.mode != "empty":
            schema = (frames.batches[read.name].frame if read.name in frames.batches else view).schema
            frames.judged[read.name] = Judged(frames.views[read.name], schema)
    return apply_steps(flow, frames, run, observe)


def apply_steps(flow: Flow, frames: Frames, run: Run, observe: Observe) -> Frames:
    """The frames with those of the flow's steps."""
    for step in flow.steps:
        frames.views[step.name] = _stage(step, _apply(step, run, observe, frames), frames)
    return frames


def _stage(stage: Read | Transform, frame: DataFrame, frames: Frames) -> DataFrame:
    """The frame, computed and kept where it is staged; nothing relies on the cache for its rows.

    It is run at once: two stages of one job that come to a kept frame first both compute it, and Spark counts
    its rows twice. Steps get a frame over the kept one: `session.sql` makes a view of what it is given and
    drops it, and with a view Spark drops what is kept under its plan, a bare SELECT over it included.
    """
    if not stage.staged:
        return frame
    return frames.staging.keep(stage.name, frame).where(F.lit(True))


def _read(
    read: Read, raw: DataFrame | None, pins: Pins, run: Run, observe: Observe, frames: Frames
) -> DataFrame:
    if read.mode == "empty":
        return reading.empty_frame(read, run)
    if read.mode == "snapshot":
        return reading.read_snapshot(read, pins.versions, run)
    if raw is None:
        raise ValueError(f"input '{read.name}' has no batch")
    if not read.is_json and not read.rules:
        count = F.count(F.lit(1))
        metrics = {"read": count, "accepted": count, "rejected": F.lit(0) * count}
        return observe(reading.keep_wanted(read, raw, run), f"input.{read.name}", metrics)
    if read.is_json:
        parsed = reading.judge_records(read, raw, run, frames.staging.lend_bare)
    else:
        parsed = reading.judge_rows(read, raw, run)
    batch = judge_batch(read, parsed, observe)
    counted = replace(batch, frame=observe(batch.frame, f"input.{read.name}", batch.metrics))
    # Without a count above it, Spark would fold a parse that is not kept into the search for what it rejects.
    frames.batches[read.name] = batch if read.is_json and frames.staging.persists else counted
    return counted.accepted()


def _apply(step: Transform, run: Run, observe: Observe, frames: Frames) -> DataFrame:
    if step.name in frames.staging.kept:
        return frames.staging.kept[step.name]
    if step.settled:
        return frames.views[step.reads[0]]
    if step.empty or step.keeps_rows or isinstance(step.step, Union):
        return transform(step, frames.views, run)
    if isinstance(step.step, Filter | Deduplicate):
        return _keep(step, run, observe, frames)
    return observe(transform(step, frames.views, run), f"step.{step.name}", {"rows_out": F.count(F.lit(1))})


def _keep(step: Transform, run: Run, observe: Observe, frames: Frames) -> DataFrame:
    """A step that leaves rows out: those are counted where they are left out, those that stay behind it."""
    kind = step.step
    if not isinstance(kind, Filter | Deduplicate):
        raise TypeError(f"step '{step.name}' keeps all its rows")
    with told(step):
        frame = judge(frames.views[step.reads[0]], kind, run)
    lost = F.sum((~F.col(KEPT)).cast("bigint"))
    counted = observe(frame, f"step.{step.name}.in", {"rows_in": F.count(F.lit(1)), "lost": lost})
    rest = counted.where(F.col(KEPT)).drop(KEPT)
    return observe(rest, f"step.{step.name}", {"rows_out": F.count(F.lit(1))})
