"""One product's run from its lock to its last row in the ops tables."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lakemesh.errors import LakemeshError, RunError
from lakemesh.observe.checks import CheckResult
from lakemesh.observe.events import Event, FlowEnded, FlowStarted, RunEnded, RunStarted
from lakemesh.observe.ledger import TERMS, Entry
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.graph import readers
from lakemesh.run import Run, Secrets, secrets_from_env
from lakemesh.runner.explain import explain
from lakemesh.runner.extent import NEWS, Extent
from lakemesh.runner.flows import run_flow
from lakemesh.runner.lock import locked
from lakemesh.runner.losses import NO_REPLACED
from lakemesh.runner.refresh import finish_refresh, refresh_product
from lakemesh.runner.report import Replay, RunReport, find_replays, sum_entries
from lakemesh.runner.staging import clear_staging
from lakemesh.runner.standing import take_standing
from lakemesh.runner.window import run_window
from lakemesh.write.ops import append_facts, read_facts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.names import ProductName
    from lakemesh.plan.stages import Plan
    from lakemesh.runner.work import Tables
    from lakemesh.spec.loader import Mesh

Listener = Callable[[Event], None]
_WARNINGS = {
    "no_unknown_fields": "input '{name}' has fields that its schema does not list: {found}",
    "no_wrong_types": (
        "input '{name}' has values that are not of their field's type, in {count} of its records: they are"
        " NULL, and _rescued_data has their text"
    ),
    "no_data_loss": "input '{name}' went on without what was gone before it was read: {found}",
    NO_REPLACED: (
        "input '{name}' has files that were replaced after they were read, and no name is read twice:"
        " {found}. Land them again under new names"
    ),
}


def run_product(
    mesh: Mesh,
    name: ProductName,
    session: SparkSession,
    listen: Listener | None = None,
    extent: Extent = NEWS,
) -> RunReport:
    """Run one product's plan and tell how it went; what goes wrong is in the report, not raised.

    Raises CallError where there is no such product.
    """
    report = run_plan(compile_plan(mesh, name), session, listen, extent)
    if not extent.full or report.state != "succeeded":
        return report
    return _replace(report, warnings=(*report.warnings, *_followers(mesh, name)))


def _followers(mesh: Mesh, name: ProductName) -> Iterator[str]:
    """Who has to be refreshed, too: a table that was replaced cannot be followed any further."""
    for one in dict.fromkeys(readers(mesh, name, ("appends",))):
        yield f"{one} follows rows that were replaced: run it with --full-refresh, too"


def run_plan(
    plan: Plan,
    session: SparkSession,
    listen: Listener | None = None,
    extent: Extent = NEWS,
    given: Secrets | None = None,
) -> RunReport:
    """Run this very plan, with the secrets of its environment unless others are given."""
    run_id = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    started = time.monotonic()
    emit = listen or _silent
    try:
        with locked(plan.places.lock(plan.name), plan.product, run_id):
            report = _run_locked(plan, _open_run(plan, session, run_id, emit, given), extent)
    except LakemeshError as error:
        report = _failed(plan, run_id, error)
    seconds = round(time.monotonic() - started, 3)
    emit(
        RunEnded(
            product=plan.product, run_id=run_id, succeeded=report.state == "succeeded", message=report.message
        )
    )
    return _replace(report, seconds=seconds)


def _silent(event: Event) -> None:
    """Nobody listens."""


def _open_run(plan: Plan, session: SparkSession, run_id: str, emit: Listener, given: Secrets | None) -> Run:
    clock = dt.datetime.fromisoformat(plan.clock) if plan.clock else dt.datetime.now(dt.UTC)
    session.conf.set("spark.sql.session.timeZone", plan.time_zone)
    found = given or secrets_from_env(plan.secrets, plan.secrets_file)
    return Run(session, run_id, clock, plan.time_zone, found, emit)


def _run_locked(plan: Plan, run: Run, extent: Extent) -> RunReport:
    _begin(plan, run)
    run.emit(RunStarted(product=plan.product, run_id=run.run_id))
    try:
        drained = _run_flows(plan, run, extent)
    except LakemeshError as error:
        return _stopped(plan, run, error)
    except KeyboardInterrupt:
        with suppress(Exception):
            _tell(plan, run, "interrupted")
        raise
    _tell(plan, run, "succeeded", drained=drained)
    return _report(plan, run)


def _run_flows(plan: Plan, run: Run, extent: Extent) -> bool:
    """Run every flow; whether all that was there has been read."""
    if extent.full:
        refresh_product(plan, run, extent.accept_loss)
    elif extent.window:
        run_window(plan, run, extent.window)
    else:
        tables: Tables = {}
        drained = True
        for flow in plan.flows:
            run.emit(FlowStarted(product=plan.product, run_id=run.run_id, flow=flow.name))
            drained &= run_flow(plan, flow, run, tables)
            run.emit(FlowEnded(product=plan.product, run_id=run.run_id, flow=flow.name))
        return drained
    return extent.full


def _stopped(plan: Plan, run: Run, error: LakemeshError) -> RunReport:
    """The report of a run that failed. Where the ops tables fail, too, the first error is told."""
    try:
        _tell(plan, run, "failed", str(error))
        return _failed(plan, run.run_id, error, _report(plan, run))
    except Exception:
        return _failed(plan, run.run_id, error)


def _begin(plan: Plan, run: Run) -> None:
    """Note that the run begins, and where everything stands, so that it can be undone."""
    try:
        _require_whole(plan, run)
        finish_refresh(plan, run)
        clear_staging(plan)
        before = take_standing(plan, run.session).to_json()
    except Exception as error:
        raise explain(error).at(plan.product) from error
    _tell(plan, run, "running", before=before)


def _require_whole(plan: Plan, run: Run) -> None:
    """Nothing. Raises RunError where a restore was cut short: tables and checkpoints may not agree."""
    rows = read_facts(run.session, plan.places.ops(plan.name.domain, "runs"), {"product": plan.product})
    if rows and rows[-1]["state"] == "restoring":
        undone = rows[-1]["run_id"].removeprefix("restore-")
        raise RunError(
            f"a restore was cut short: end it first, with lakemesh restore {plan.product} --run {undone}",
            plan.product,
        )


def _tell(
    plan: Plan, run: Run, state: str, message: str = "", drained: bool = False, before: str | None = None
) -> None:
    row = {
        "run_id": run.run_id,
        "product": plan.product,
        "version": plan.version,
        "environment": plan.environment,
        "state": state,
        "at": dt.datetime.now(dt.UTC),
        "clock": run.clock,
        "drained": drained,
        "message": message,
        "before": before,
    }
    try:
        append_facts(run.session, plan.places.ops(plan.name.domain, "runs"), "runs", [row])
    except Exception as error:
        raise explain(error).at(plan.product) from error


def _failed(plan: Plan, run_id: str, error: LakemeshError, report: RunReport | None = None) -> RunReport:
    failed = report or RunReport(product=plan.product, run_id=run_id, state="failed")
    return _replace(failed, state="failed", message=str(error), error=error.facts())


def _replace(report: RunReport, **changes: Any) -> RunReport:
    from dataclasses import replace

    return replace(report, **changes)


def _report(plan: Plan, run: Run) -> RunReport:
    """What the run left in the ops tables, where batches of any process write."""
    mine = {"product": plan.product, "run_id": run.run_id}
    ledger, judged = (
        read_facts(run.session, plan.places.ops(plan.name.domain, table), mine)
        for table in ("ledger", "checks")
    )
    entries = [
        Entry(kind=row["kind"], name=row["name"], **{term: row[term] for term in TERMS}) for row in ledger
    ]
    checks = tuple(map(_check, judged))
    summed = sum_entries(entries)
    return RunReport(
        product=plan.product,
        run_id=run.run_id,
        state="succeeded",
        batches=len({(row["flow"], row["batch"]) for row in ledger}),
        entries=summed,
        checks=checks,
        tables=tuple(_written(plan, summed)),
        warnings=(*_warnings(checks), *_foreign(plan)),
        replays=_replays(plan, run, ledger),
    )


def _replays(plan: Plan, run: Run, ledger: list[dict[str, Any]]) -> tuple[Replay, ...]:
    """The batches that another run began, where rows were set aside: looked up for these alone."""
    if not any(row["rejected"] or row["quarantined"] for row in ledger):
        return ()
    batches = plan.places.ops(plan.name.domain, "batches")
    opened = read_facts(run.session, batches, {"product": plan.product, "state": "open"})
    return find_replays(ledger, opened, run.run_id)


def _foreign(plan: Plan) -> Iterator[str]:
    """What was read from another environment."""
    for name, where in dict.fromkeys((read.name, read.environment) for read in plan.flows[0].reads):
        if where:
            yield f"input '{name}' was read from the environment '{where}'"


def _check(row: dict[str, Any]) -> CheckResult:
    fields = CheckResult.__dataclass_fields__
    said = {name: row[name] for name in fields if name != "columns"}
    return CheckResult(**said, columns=tuple(row["columns"] or ()))


def _written(plan: Plan, entries: tuple[Entry, ...]) -> list[tuple[str, int]]:
    names = {land.name: land.table.name for flow in plan.flows for land in flow.outputs}
    return [
        (names[entry.name], (entry.inserted or 0) + (entry.updated or 0) + (entry.deleted or 0))
        for entry in entries
        if entry.kind == "output"
    ]


def _warnings(checks: tuple[CheckResult, ...]) -> list[str]:
    """What a run notes of its inputs, over all batches."""
    found: Counter[tuple[str, str, str]] = Counter()
    for check in checks:
        if check.rule in _WARNINGS and not check.success:
            found[check.rule, check.output, check.observed_value or ""] += check.unexpected_count or 0
    return [
        _WARNINGS[rule].format(name=name, found=said, count=count)
        for (rule, name, said), count in sorted(found.items())
    ]
