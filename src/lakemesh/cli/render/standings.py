"""How products stand, as a table with what to look at below, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.tables import print_table
from lakemesh.cli.render.words import count, span

if TYPE_CHECKING:
    from lakemesh.query.standing import FailedRule, Standing

_STOPPED = {
    "running": "is running now",
    "killed": "its last run was killed; the next takes up where it stopped",
    "interrupted": "its last run was interrupted; the next takes up where it stopped",
}
_COLUMNS = ("product", "last run", "took", "freshness", "ledger", "quality", "rows")


def print_standings(standings: Sequence[Standing], as_json: bool) -> None:
    """Print how products stand."""
    if as_json:
        click.echo(to_json({"products": [_facts(standing) for standing in standings]}, indent=2))
        return
    print_table(_COLUMNS, [_row(standing) for standing in standings])
    for line in (line for standing in standings for line in _remarks(standing)):
        click.echo(line)


def _facts(standing: Standing) -> dict[str, object]:
    seconds = standing.run.seconds if standing.run else None
    run = {**asdict(standing.run), "seconds": seconds} if standing.run else None
    ledger = {
        "run": standing.judged,
        "entries": standing.ledger_entries,
        "balanced": not standing.imbalances if standing.ledger_entries else None,
        "imbalances": standing.imbalances,
    }
    freshness = {
        "state": standing.freshness,
        "ageSeconds": standing.age_seconds,
        "latencySeconds": standing.latency_seconds,
    }
    quality = {
        "run": standing.judged,
        "rules": standing.rules,
        "failed": [asdict(rule) for rule in standing.failed],
    }
    return {
        "product": standing.product,
        "lastRun": run,
        "freshness": freshness,
        "ledger": ledger,
        "quality": quality,
        "rows": dict(standing.rows),
    }


def _row(standing: Standing) -> tuple[str, ...]:
    run = standing.run
    if run is None:
        return (standing.product, "never", "", _freshness(standing), "", "", "")
    at = run.ended or run.started
    return (
        standing.product,
        f"{run.state} {at:%Y-%m-%d %H:%M:%S}Z",
        span(run.seconds),
        _freshness(standing),
        _ledger(standing),
        _quality(standing),
        ", ".join(f"{port} {'-' if rows is None else f'{rows:,}'}" for port, rows in standing.rows),
    )


def _freshness(standing: Standing) -> str:
    if standing.latency_seconds is None:
        return "no latency promised"
    age = "never drained" if standing.age_seconds is None else f"{span(standing.age_seconds)} old"
    return f"{standing.freshness}: {age}, promised {_promise(standing.latency_seconds)}"


def _promise(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _ledger(standing: Standing) -> str:
    if standing.imbalances:
        return "NOT balanced"
    if standing.ledger_entries:
        return "balanced"
    return "nothing written" if standing.run and standing.run.state == "failed" else "no new rows"


def _quality(standing: Standing) -> str:
    if not standing.rules:
        return "nothing judged"
    if not standing.failed:
        return f"{count(standing.rules, 'rule')} held"
    return f"{len(standing.failed)} of {count(standing.rules, 'rule')} failed"


def _remarks(standing: Standing) -> Iterator[str]:
    if standing.run:
        other = standing.judged if standing.judged != standing.run.run_id else None
        told = f"; ledger and quality are those of {other}, the last one that had a batch" if other else ""
        yield f"{standing.product}: last run {standing.run.run_id}{told}"
    if standing.run and standing.run.state in _STOPPED:
        yield f"{standing.product}: {_STOPPED[standing.run.state]}"
    if standing.run and standing.run.message:
        yield f"{standing.product}: {standing.run.message}"
    for sentence in standing.imbalances:
        yield f"{standing.product}: {sentence}"
    for rule in standing.failed:
        yield f"{standing.product}: {_failed(rule)}"


def _failed(rule: FailedRule) -> str:
    rows = "" if rule.unexpected is None else f", {count(rule.unexpected, 'row')}"
    return f"{rule.severity} rule '{rule.rule}' on {rule.output} failed{rows} ({rule.on_failure})"
