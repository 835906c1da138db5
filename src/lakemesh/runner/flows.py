"""A flow from its checkpoint to the end of its input: each micro-batch inside foreachBatch."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from lakemesh import read as reading
from lakemesh.errors import EventsLost, RunError, encode_error
from lakemesh.run import Run
from lakemesh.runner.batch import process_batch
from lakemesh.runner.checkpoints import choose_generation, require_sound
from lakemesh.runner.connect import allow_deep_plans, heard, is_connect
from lakemesh.runner.evolving import found_fields
from lakemesh.runner.explain import explain
from lakemesh.runner.hubs import require_answer, too_few
from lakemesh.runner.losses import pass_gap, passing, replaced_result
from lakemesh.runner.pins import last_batch
from lakemesh.runner.starts import start_flow
from lakemesh.runner.vanished import require_tables
from lakemesh.runner.work import Work
from lakemesh.spec.columns import struct_of
from lakemesh.write import ensure
from lakemesh.write.ops import append_facts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.stages import Flow, Plan
    from lakemesh.runner.work import Tables

_STOP_SECONDS = 10.0


def run_flow(plan: Plan, flow: Flow, run: Run, tables: Tables, generation: str | None = None) -> bool:
    """Drain the flow's input, or run its snapshots as one batch; with a generation, from its beginning.

    False where a few events were left to wait for others (minPerBatch).
    What it learns of the outputs' tables is kept for the flows behind it.
    Raises RunError with the place where it stopped.
    """
    try:
        work = _prepare(plan, flow, run, tables, generation)
        require_tables(work, run)
        if flow.input is None:
            _run_snapshots(work, run)
        else:
            _make_tables(work, run)
            drained = _drain(work, run)
            _tell_replaced(work, run)
            return drained
    except Exception as error:
        raise explain(error, flow, run.secrets).at(plan.product, flow.name) from error
    return True


def run_raw(work: Work, raw: DataFrame, run: Run) -> None:
    """Bring raw records that no checkpoint knows of into the tables, as one batch.

    Raises RunError with the place where it stopped.
    """
    try:
        _make_tables(work, run)
        process_batch(work, raw, 0, run)
    except Exception as error:
        raise explain(error, work.flow, run.secrets).at(work.plan.product, work.flow.name) from error


def _prepare(plan: Plan, flow: Flow, run: Run, tables: Tables, generation: str | None) -> Work:
    folder, last = plan.places.checkpoints(plan.name, flow.name), None
    if generation is None:
        batches = plan.places.ops(plan.name.domain, "batches")
        last = last_batch(run.session, batches, plan.product, flow.name)
        generation = choose_generation(flow, folder, last)
    begun = start_flow(flow, folder, generation, run.clock)
    found = found_fields(plan, flow, run)
    return Work(plan, begun, generation, f"{folder}/{generation}", last, tables, found)


def _make_tables(work: Work, run: Run) -> None:
    """Make or change the tables of outputs with a contract, so that they stand even where no batch comes."""
    for land in work.flow.outputs:
        if land.columns is not None:
            shape = struct_of(land.columns)
            if land.name not in work.tables or work.tables[land.name][0] != shape:
                work.tables[land.name] = shape, ensure(run.session, land, shape)


def _run_snapshots(work: Work, run: Run) -> None:
    """One batch, its number the ordinal of the run; one that a killed run left open is ended first."""
    if work.known and work.is_open:
        _attempt(work, None, work.known.batch, run)
    _attempt(work, None, work.known.batch + 1 if work.known else 0, run)


def _drain(work: Work, run: Run) -> bool:
    """Read what is there; whether that was done, or left to a later run."""
    require_sound(work.checkpoint, work.known.batch if work.known else -1)
    pass_gap(work, partial(_tell, work, run))
    require_answer(work.flow.read(work.flow.input or ""), run)
    if too_few(work, run):
        return False
    try:
        _follow(work, run)
    except Exception as error:
        told = explain(error, work.flow)
        if not isinstance(told, EventsLost):
            raise
        _follow(passing(work, run), run)
    return True


def _follow(work: Work, run: Run) -> None:
    """Bring what is new into the tables, batch by batch, up to what is there now."""
    stream = reading.open_stream(work.flow.read(work.flow.input or ""), run)
    query = (
        stream.writeStream.foreachBatch(partial(_process, work, _portable(run)))
        .option("checkpointLocation", work.checkpoint)
        .trigger(availableNow=True)
        .start()
    )
    with heard(work, run):
        _await(query)


def _await(query: StreamingQuery) -> None:
    """Wait for the end of the query; Ctrl-C ends it, and the next run takes up its batch."""
    try:
        query.awaitTermination()
    except KeyboardInterrupt:
        # This thread's connection still waits for an answer; another thread has one of its own.
        stopping = Thread(target=_stop, args=(query,), daemon=True)
        stopping.start()
        stopping.join(_STOP_SECONDS)
        raise
    except Exception:
        query.stop()
        raise
    query.stop()


def _stop(query: StreamingQuery) -> None:
    """End the query; what Spark says of an interrupted batch is nobody's news."""
    with suppress(Exception):
        query.stop()


def _tell_replaced(work: Work, run: Run) -> None:
    """Record that files were replaced after they were read: their new records are not in the tables."""
    result = replaced_result(work.flow, work.checkpoint, work.last.read if work.last else {})
    if result is not None:
        _tell(work, run, result)


def _tell(work: Work, run: Run, result: CheckResult) -> None:
    """Record what was found beside the batches."""
    key = {
        "product": work.plan.product,
        "flow": work.flow.name,
        "generation": work.generation,
        "run_id": run.run_id,
        "at": dt.datetime.now(dt.UTC),
    }
    append_facts(run.session, work.ops("checks"), "checks", [{**key, **asdict(result)}])


def _portable(run: Run) -> Run:
    """The run without its session. Over Connect the batch runs in another process, where nobody listens."""
    session: SparkSession | None = None
    if is_connect(run.session):
        return Run(session, run.run_id, run.clock, run.time_zone, run.secrets)  # type: ignore[arg-type]
    return replace(run, session=session)  # type: ignore[arg-type]


def _process(work: Work, run: Run, raw: DataFrame, number: int) -> None:
    """One micro-batch. What goes wrong is told in text, since that is all that reaches the other side."""
    allow_deep_plans()
    try:
        _attempt(work, raw, number, run.on(raw.sparkSession))
    except RunError as error:
        raise RuntimeError(encode_error(error)) from error


def _attempt(work: Work, raw: DataFrame | None, number: int, run: Run) -> None:
    """One batch. Raises RunError with the place of what goes wrong."""
    try:
        process_batch(work, raw, number, run)
    except Exception as error:
        raise explain(error, work.flow, run.secrets).at(work.plan.product, work.flow.name, number) from error
