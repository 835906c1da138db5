"""What came of a run: its ledger, the rules that failed, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.ledgers import ledger_line
from lakemesh.cli.render.verdicts import sum_verdicts, verdict_line
from lakemesh.cli.render.words import count, span
from lakemesh.names import TableName, parse_product
from lakemesh.plan.places import places_of

if TYPE_CHECKING:
    from lakemesh.runner.report import RunReport
    from lakemesh.spec.loader import Mesh


def print_reports(reports: Sequence[RunReport], mesh: Mesh, as_json: bool, prefix: str = "lakemesh") -> None:
    """Print the summary of a run; `prefix` is how this call's user calls lakemesh for this mesh."""
    if as_json:
        succeeded = all(report.state == "succeeded" for report in reports)
        click.echo(
            to_json({"succeeded": succeeded, "products": [_facts(r, mesh) for r in reports]}, indent=2)
        )
        return
    for report in reports:
        click.echo("\n".join(report_lines(report, mesh, prefix)))
    click.echo(_total(reports))


def _facts(report: RunReport, mesh: Mesh) -> dict[str, Any]:
    facts = report.facts()
    entries = [
        {key: value for key, value in entry.items() if value is not None} for entry in facts.pop("entries")
    ]
    return {
        **facts,
        "tables": dict(report.tables),
        "ledger": entries,
        "look": list(_queries(report, mesh)),
    }


def report_lines(report: RunReport, mesh: Mesh, prefix: str) -> Iterator[str]:
    """One product's part of the summary."""
    yield _headline(report)
    if report.run_id:  # one that was skipped or refused never began
        yield f"  run         {report.run_id}"
    for entry in report.entries:
        yield f"  {entry.kind:<11} {ledger_line(entry)}"
    for verdict in sum_verdicts(report.checks):
        if not verdict.held or verdict.acted:
            yield f"  rule        {verdict_line(verdict)}"
    for warning in report.warnings:
        yield f"  warning     {warning}"
    if report.message:
        yield f"  {'why':<11} {report.message}"
    for query in _queries(report, mesh):
        yield f'  look        {prefix} sql "{query}"'


def _headline(report: RunReport) -> str:
    if report.state == "skipped":
        return f"{report.product}: skipped"
    ended = "succeeded" if report.state == "succeeded" else "FAILED"
    if report.batches == 0:
        batches = ", nothing new" if report.state == "succeeded" else ""
    else:
        batches = ", 1 batch" if report.batches == 1 else f", {report.batches:,} batches"
    return f"{report.product}: {ended} in {span(report.seconds)}{batches}"


def _queries(report: RunReport, mesh: Mesh) -> Iterator[str]:
    """The queries that show what was set aside, and for a failure what its batches came to."""
    for table in _asides(report, mesh):
        yield f"select * from {table} where {_set_aside_by(report)}"
    error = report.error or {}
    if report.state == "failed" and error.get("batch") is not None:
        domain = parse_product(report.product).domain
        # By its number: a batch that is done again stands there with the run that began it alone.
        batch = f"flow = '{error['flow']}' and batch = {error['batch']}"
        yield f"select * from {domain}._ops.batches where product = '{report.product}' and {batch}"
        if any(not verdict.held for verdict in sum_verdicts(report.checks)):
            yield f"select * from {domain}._ops.checks where run_id = '{report.run_id}' and not success"


def _set_aside_by(report: RunReport) -> str:
    """The condition for rows of this run, and for those of its batches that a run before it set aside."""
    earlier = (
        f" or _run >= '{one.run_id}' and _flow = '{one.flow}' and _batch = {one.batch}"
        for one in report.replays
    )
    return f"_run = '{report.run_id}'" + "".join(earlier)


def _asides(report: RunReport, mesh: Mesh) -> Iterator[str]:
    """The tables that hold what this run rejected and quarantined."""
    for entry in report.entries:
        if entry.kind == "input" and entry.rejected:
            yield _table(report, mesh, entry.name) + "__rejected"
        if entry.kind == "output" and entry.quarantined:
            yield _table(report, mesh, entry.name) + "__quarantine"


def _table(report: RunReport, mesh: Mesh, port: str) -> str:
    name = parse_product(report.product)
    places = places_of(mesh.root, mesh.environment)
    return places.table(TableName(name.domain, name.name, port), mesh.get(name).spec.major).name


def _total(reports: Sequence[RunReport]) -> str:
    states = [report.state for report in reports]
    parts = [
        f"{states.count(state)} {state}" for state in ("succeeded", "failed", "skipped") if state in states
    ]
    return f"{count(len(reports), 'product')}: {', '.join(parts)}"
