"""A run undone: tables by Delta's RESTORE, and checkpoints cut back to where the run began.

The flows go on under a new generation, since Delta would skip a batch whose transaction id it has seen. What
the ops tables say of the undone runs stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakemesh.errors import RunError, no_such_run
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.graph import readers
from lakemesh.runner.checkpoints import cut_checkpoint
from lakemesh.runner.generations import new_generation
from lakemesh.runner.lock import locked
from lakemesh.runner.pins import Pins
from lakemesh.runner.standing import Standing, standing_from
from lakemesh.write.ops import append_facts, read_facts
from lakemesh.write.versions import can_go_back, go_back, version_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.names import ProductName
    from lakemesh.plan.stages import Plan
    from lakemesh.spec.loader import Mesh


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was put back: each table with the version that it stood at, and the one that it holds again.

    The latter is None for a table that was not there yet: it is empty now. `stream_readers` are the products
    that follow a table's rows and have to be refreshed.
    """

    product: str
    run_id: str
    tables: tuple[tuple[str, int, int | None], ...]
    flows: tuple[str, ...]
    stream_readers: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """The answer as data."""
        return asdict(self)


def restore_product(mesh: Mesh, name: ProductName, run_id: str, session: SparkSession) -> Restored:
    """Put a product back to where a run of it began.

    Raises CallError where it had no such run, Locked while it runs, and RunError where it cannot go back:
    then nothing was changed.
    """
    plan = compile_plan(mesh, name)
    with locked(plan.places.lock(plan.name), plan.product, f"restore-{run_id}"):
        before = _standing_before(plan, session, run_id)
        changed = tuple(_changed(plan, session, before))
        _require_way_back(plan, session, before, changed)
        _tell(plan, session, run_id, "restoring")
        _cut_flows(plan, session, run_id, before)
        for where, _, version in changed:
            go_back(session, plan.tables[where], version)
        _tell(plan, session, run_id, "restored")
    return Restored(
        product=plan.product,
        run_id=run_id,
        tables=tuple((plan.tables[where].name, there, back) for where, there, back in changed),
        flows=tuple(flow.name for flow in plan.flows),
        stream_readers=tuple(map(str, readers(mesh, name, ("appends", "changes")))),
    )


def _standing_before(plan: Plan, session: SparkSession, run_id: str) -> Standing:
    rows = read_facts(session, plan.places.ops(plan.name.domain, "runs"), {"product": plan.product})
    began = {row["run_id"]: row["before"] for row in rows if row["state"] == "running"}
    if run_id not in began:
        raise no_such_run(plan.product, run_id, list(began)[::-1])
    if not began[run_id]:
        raise RunError(
            f"run {run_id} did not note where it began: an older version of lakemesh made it.", plan.product
        )
    return standing_from(began[run_id])


def _changed(plan: Plan, session: SparkSession, before: Standing) -> Iterator[tuple[str, int, int | None]]:
    """The tables that have moved on since: location, version now, version then."""
    for where, table in plan.tables.items():
        now, then = version_of(session, table), before.tables.get(where)
        if now is not None and now != then:
            yield where, now, then


def _require_way_back(
    plan: Plan, session: SparkSession, before: Standing, changed: tuple[tuple[str, int, int | None], ...]
) -> None:
    for flow, place in before.flows.items():
        if place is not None and place.is_open:
            raise RunError(
                f"when that run began, batch {place.batch} was still open from a run before, its rows half"
                " written: restore that earlier run instead.",
                plan.product,
                flow,
            )
        folder = Path(plan.places.checkpoints(plan.name, flow), place.generation) if place else None
        if place and folder and plan.flow(flow).input is not None and not folder.is_dir():
            raise RunError(f"its checkpoint {folder} is gone. Nothing was changed.", plan.product, flow)
    for where, _, version in changed:
        if version is not None and not can_go_back(session, plan.tables[where], version):
            raise RunError(
                f"{plan.tables[where].name} cannot go back to version {version}: its files were vacuumed."
                " Nothing was changed. delta.deletedFileRetentionDuration says how long they are kept.",
                plan.product,
            )


def _cut_flows(plan: Plan, session: SparkSession, run_id: str, before: Standing) -> None:
    rows = []
    for flow in plan.flows:
        place, generation = before.flows.get(flow.name), new_generation()
        batch = place.batch if place else -1
        if flow.input is not None:
            folder = plan.places.checkpoints(plan.name, flow.name)
            cut_checkpoint(folder, place.generation if place else None, generation, batch)
        now = dt.datetime.now(dt.UTC)
        key = {"product": plan.product, "flow": flow.name, "generation": generation, "batch": batch}
        rows.append({**key, "run_id": run_id, "at": now, **Pins(now).facts(), "state": "restored"})
    append_facts(session, plan.places.ops(plan.name.domain, "batches"), "batches", rows)


def _tell(plan: Plan, session: SparkSession, run_id: str, state: str) -> None:
    now = dt.datetime.now(dt.UTC)
    row = {
        "run_id": f"restore-{run_id}",
        "product": plan.product,
        "version": plan.version,
        "environment": plan.environment,
        "state": state,
        "at": now,
        "clock": now,
        "drained": False,
        "message": f"back to where run {run_id} began",
    }
    append_facts(session, plan.places.ops(plan.name.domain, "runs"), "runs", [row])
