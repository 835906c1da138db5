"""A run over what arrived in a window of time: [from, to) of a file's time or an event's enqueued time.

It has a generation of its own and leaves the checkpoints alone. Merged rows find their place by keys and
sequence; rows that are appended replace those of the window, where the table keeps the time of arrival.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lakemesh import read as reading
from lakemesh.errors import RunError
from lakemesh.names import quote_text
from lakemesh.observe.events import FlowEnded, FlowStarted
from lakemesh.plan.staging import stage_flow
from lakemesh.runner.evolving import found_fields
from lakemesh.runner.explain import explain
from lakemesh.runner.flows import run_raw
from lakemesh.runner.generations import WINDOW, new_generation
from lakemesh.runner.hubs import require_answer
from lakemesh.runner.work import Work
from lakemesh.spec.outputs import Append, Overwrite

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import Flow, Land, Plan, Read
    from lakemesh.run import Run
    from lakemesh.runner.work import Tables

Times = tuple[dt.datetime, dt.datetime]
_SOURCE = "_source"


def run_window(plan: Plan, run: Run, times: Times) -> None:
    """Run every flow of files or events over what arrived in a window.

    Raises RunError, with nothing changed, where an input or an output knows no time of arrival.
    """
    flows = [_windowed(plan, flow, times) for flow in plan.flows]
    generation = new_generation(WINDOW)
    tables: Tables = {}
    for flow in flows:
        run.emit(FlowStarted(product=plan.product, run_id=run.run_id, flow=flow.name))
        raw = _read(plan, flow, run, times)
        run_raw(Work(plan, flow, generation, "", None, tables, found_fields(plan, flow, run)), raw, run)
        run.emit(FlowEnded(product=plan.product, run_id=run.run_id, flow=flow.name))


def _read(plan: Plan, flow: Flow, run: Run, times: Times) -> DataFrame:
    """The raw records of a window. Raises RunError where they cannot be read."""
    read = flow.read(flow.input or "")
    try:
        require_answer(read, run)
        return reading.read_window(read, times, run)
    except Exception as error:
        raise explain(error, flow, run.secrets).at(plan.product, flow.name) from error


def _windowed(plan: Plan, flow: Flow, times: Times) -> Flow:
    if flow.input is None or not flow.read(flow.input).is_json:
        what = f"input '{flow.input}' follows a table" if flow.input else "it reads snapshots"
        raise RunError(
            f"{what}, whose rows have no time of arrival: --from and --to are for files and events."
            " Use --full-refresh.",
            plan.product,
            flow.name,
        )
    read = flow.read(flow.input)
    outputs = tuple(_replacing(plan, flow, read, land, times) for land in flow.outputs)
    return stage_flow(flow.model_copy(update={"outputs": outputs}))


def _replacing(plan: Plan, flow: Flow, read: Read, land: Land, times: Times) -> Land:
    """The output; one that appends as one that replaces the rows of the window."""
    port = land.port
    if not isinstance(port, Append):
        return land
    if _SOURCE not in {column.name for column in land.columns or ()}:
        raise RunError(
            f"output '{land.name}' appends and does not keep the time of arrival, so that its rows would come"
            " twice: list _source in its schema, or use --full-refresh.",
            plan.product,
            flow.name,
        )
    said = {**dict(port), "write": "overwrite", "where": window_sql(read, times)}
    return land.model_copy(update={"port": Overwrite.model_construct(**said)})


def window_sql(read: Read, times: Times) -> str:
    """SQL: whether a row that keeps `_source` came from the input in the window."""
    arrived = f"{_SOURCE}.{reading.arrival_of(read)}"
    start, end = (f"TIMESTAMP {quote_text(time.isoformat())}" for time in times)
    return f"{_SOURCE}.port = {quote_text(read.name)} AND {arrived} >= {start} AND {arrived} < {end}"
