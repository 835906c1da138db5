"""A product built anew from the beginning of its inputs (rule 12 of what a run means).

It is built in tables beside its own, which consumers do not see, and then lands, each table in one commit. A
marker is written between the two: a refresh that is killed before it has left nothing, and one that is killed
behind it is landed by the next run.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.observe.events import FlowEnded, FlowStarted
from lakemesh.runner.beginnings import require_beginnings, seed_flow
from lakemesh.runner.flows import run_flow
from lakemesh.runner.generations import REFRESH, new_generation
from lakemesh.runner.pins import REFRESHED, Pins
from lakemesh.write.landing import land_anew, replace_all
from lakemesh.write.ops import append_facts, read_facts

if TYPE_CHECKING:
    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Flow, Land, Plan, Read
    from lakemesh.run import Run
    from lakemesh.runner.work import Tables

_MARKER = "landing.json"
_GONE = ".gone"


def refresh_product(plan: Plan, run: Run, accept_loss: bool) -> None:
    """Build the product's tables anew and land them.

    Raises RunError where an input no longer holds its beginning, unless the loss is accepted; nothing was
    changed then, nor by any error before the tables land.
    """
    if not accept_loss:
        require_beginnings(plan, run)
    generation = new_generation(REFRESH)
    aside = _aside(_forgiving(plan) if accept_loss else plan, generation)
    tables: Tables = {}
    try:
        for flow in aside.flows:
            seed_flow(plan, flow, run, generation)
            run.emit(FlowStarted(product=plan.product, run_id=run.run_id, flow=flow.name))
            run_flow(aside, flow, run, tables, generation)
            run.emit(FlowEnded(product=plan.product, run_id=run.run_id, flow=flow.name))
        _mark(plan, generation, run)
    except BaseException:
        _clear(plan)
        raise
    finish_refresh(plan, run)


def finish_refresh(plan: Plan, run: Run) -> None:
    """Land what a refresh has built, where it came so far; clear away what it left where it did not."""
    marker = _marker(plan)
    if marker.is_file():
        _land(plan, run, json.loads(marker.read_text(encoding="utf-8"))["generation"])
        _clear(plan)
        marker.unlink()
    else:
        _clear(plan)


def _aside(plan: Plan, generation: str) -> Plan:
    """The same plan, whose flows write to tables beside the product's own."""
    suffix = f"__{generation}"

    def moved(flow: Flow) -> Flow:
        outputs = tuple(
            land.model_copy(
                update={"table": land.table.beside(suffix), "quarantine": land.quarantine.beside(suffix)}
            )
            for land in flow.outputs
        )
        reads = tuple(
            read.model_copy(update={"rejected": read.rejected and read.rejected.beside(suffix)})
            for read in flow.reads
        )
        return flow.model_copy(update={"outputs": outputs, "reads": reads})

    return plan.model_copy(update={"flows": tuple(map(moved, plan.flows))})


def _forgiving(plan: Plan) -> Plan:
    """The same plan, whose hubs are read from what they still hold."""

    def forgiving(read: Read) -> Read:
        port = read.port.model_copy(update={"on_data_loss": "continue"})
        return read.model_copy(update={"port": port}) if read.hub else read

    flows = (flow.model_copy(update={"reads": tuple(map(forgiving, flow.reads))}) for flow in plan.flows)
    return plan.model_copy(update={"flows": tuple(flows)})


def _land(plan: Plan, run: Run, generation: str) -> None:
    """Every table in one commit: what stands beside the outputs first, tombstones before all."""
    aside = _aside(plan, generation)
    app = f"{plan.product}/{generation}"
    pairs = list(_lands(plan, aside))
    beside = [(mine.tombstones, theirs.tombstones) for mine, theirs in pairs]
    beside += [(mine.quarantine, theirs.quarantine) for mine, theirs in pairs]
    beside += _rejected(plan, aside)
    for theirs, mine in ((built, table) for table, built in beside):
        replace_all(run.session, theirs, mine, f"{app}/{mine.name}")
    for mine_land, built_land in pairs:
        land_anew(run.session, mine_land, built_land.table, f"{app}/{mine_land.name}")
    _go_on_from(plan, run, generation)


def _lands(plan: Plan, aside: Plan) -> Iterator[tuple[Land, Land]]:
    """Each output with its twin; every flow has all of them."""
    return zip(plan.flows[0].outputs, aside.flows[0].outputs, strict=True)


def _rejected(plan: Plan, aside: Plan) -> list[tuple[Place, Place]]:
    """The tables of rejected records, each with its twin; every flow names those of all inputs."""
    reads = zip(plan.flows[0].reads, aside.flows[0].reads, strict=True)
    return [(mine.rejected, built.rejected) for mine, built in reads if mine.rejected and built.rejected]


def _go_on_from(plan: Plan, run: Run, generation: str) -> None:
    """Let every flow go on behind what the refresh has read."""
    place = plan.places.ops(plan.name.domain, "batches")
    rows = []
    for flow in plan.flows:
        key = {"product": plan.product, "flow": flow.name, "generation": generation}
        done = [row["batch"] for row in read_facts(run.session, place, key) if row["state"] == "done"]
        now = dt.datetime.now(dt.UTC)
        told = {**key, "batch": max(done, default=-1), "run_id": run.run_id, "at": now}
        rows.append({**told, **Pins(run.clock).facts(), "state": REFRESHED})
    append_facts(run.session, place, "batches", rows)


def _marker(plan: Plan) -> Path:
    return Path(plan.places.checkpoints(plan.name, _MARKER))


def _mark(plan: Plan, generation: str, run: Run) -> None:
    """From here on the refresh is landed, whatever happens."""
    marker = _marker(plan)
    marker.parent.mkdir(parents=True, exist_ok=True)
    told = marker.with_suffix(".tmp")
    told.write_text(json.dumps({"generation": generation, "run": run.run_id}), encoding="utf-8")
    os.replace(told, marker)


def _clear(plan: Plan) -> None:
    """Remove every table that a refresh has built aside."""
    for table in plan.tables.values():
        if table.folder is not None:
            folder = Path(table.folder)
            for left in folder.parent.glob(f"{folder.name}__{REFRESH}*"):
                shutil.rmtree(_renamed(left), ignore_errors=True)


def _renamed(folder: Path) -> Path:
    """The folder under a name that is no table's: removed in part, it would still look like one."""
    gone = folder if folder.suffix == _GONE else folder.with_name(folder.name + _GONE)
    return folder.rename(gone)
