"""How each product stands: its last run, how fresh it is, whether its ledger balances, which rules failed."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakemesh.names import TableName
from lakemesh.observe.health import freshness, shortest_latency
from lakemesh.observe.ledger import imbalances
from lakemesh.plan.places import places_of
from lakemesh.query.facts import PastRun, Row, checks_of, entries_of, last_judged, past_runs, read_facts
from lakemesh.query.tables import count_rows, require_local
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from lakemesh.names import ProductName
    from lakemesh.observe.health import Freshness
    from lakemesh.query.facts import Facts
    from lakemesh.spec.loader import Mesh, Product


@dataclass(frozen=True)
class FailedRule:
    """A rule that did not hold in a run, with its unexpected rows (None where it judges no rows)."""

    output: str
    rule: str
    severity: str
    on_failure: str
    unexpected: int | None


@dataclass(frozen=True)
class Standing:
    """How one product stands."""

    product: str
    run: PastRun | None
    freshness: Freshness
    age_seconds: float | None
    latency_seconds: float | None
    judged: str | None
    """The run whose ledger and quality these are: the last one that had a batch."""
    imbalances: tuple[str, ...]
    ledger_entries: int
    rules: int
    failed: tuple[FailedRule, ...]
    rows: tuple[tuple[str, int | None], ...]


def read_standings(mesh: Mesh, names: Collection[ProductName], now: dt.datetime) -> tuple[Standing, ...]:
    """How each of the named products stands at a moment.

    Raises QueryError where the environment's tables are not to be read from here.
    """
    require_local(mesh)
    facts = {domain: read_facts(mesh, domain) for domain in {name.domain for name in names}}
    return tuple(_standing(mesh, mesh.get(name), facts[name.domain], now) for name in names)


def _standing(mesh: Mesh, product: Product, facts: Facts, now: dt.datetime) -> Standing:
    runs = past_runs(facts.runs, product.name)
    last = _alive_or_killed(runs[0], mesh, product.name) if runs else None
    judged = last_judged(facts, product.name)
    entries = entries_of(facts.ledger, product.name, judged or "")
    told = checks_of(facts.checks, product.name, judged or "")
    checks = [check for check in told if check["rule"] not in _NOTES]
    drained, latency = last_drained(runs), latency_of(product)
    return Standing(
        product=str(product.name),
        run=last,
        freshness=freshness(drained, latency, now),
        age_seconds=None if drained is None else (now - drained).total_seconds(),
        latency_seconds=None if latency is None else latency.total_seconds(),
        judged=judged,
        imbalances=imbalances(entries),
        ledger_entries=len(entries),
        rules=len({(check["output"], check["rule"]) for check in checks}),
        failed=failed_rules(checks),
        rows=_rows(mesh, product),
    )


def _alive_or_killed(run: PastRun, mesh: Mesh, name: ProductName) -> PastRun:
    """The run, told as killed where it never ended and its process no longer holds the product's lock."""
    if run.state != "running" or _is_held(places_of(mesh.root, mesh.environment).lock(name)):
        return run
    return replace(run, state="killed")


def _is_held(lock: str) -> bool:
    """Whether a living process holds the file."""
    try:
        handle = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def last_drained(runs: Sequence[PastRun]) -> dt.datetime | None:
    """When the last run that drained its inputs ended; None where none ever did."""
    return next((run.ended for run in runs if run.drained and run.state == "succeeded" and run.ended), None)


def latency_of(product: Product) -> dt.timedelta | None:
    """The shortest `latency` that the product's ports promise; None where none is promised."""
    ports = (port for port in product.spec.output_ports.values() if not isinstance(port, View))
    return shortest_latency(promise for port in ports for promise in port.sla_properties)


def failed_rules(checks: Collection[Row]) -> tuple[FailedRule, ...]:
    """The rules that failed in any batch, each once, its unexpected rows added up; critical ones first."""
    failed = [check for check in checks if not check["success"]]
    rows: Counter[tuple[str, str]] = Counter()
    for check in failed:
        rows[check["output"], check["rule"]] += check["unexpected_count"] or 0
    found = {(check["output"], check["rule"]): check for check in failed}
    rules = (
        FailedRule(
            output=output,
            rule=rule,
            severity=check["severity"],
            on_failure=check["on_failure"],
            unexpected=None if check["unexpected_count"] is None else rows[output, rule],
        )
        for (output, rule), check in found.items()
    )
    return tuple(sorted(rules, key=lambda rule: (_WEIGHT.get(rule.severity, 9), rule.output, rule.rule)))


# What a batch notes of its records; no rule of anybody's.
_NOTES = ("no_unknown_fields", "no_wrong_types")
_WEIGHT = {"critical": 0, "warning": 1, "info": 2}


def _rows(mesh: Mesh, product: Product) -> tuple[tuple[str, int | None], ...]:
    places, name = places_of(mesh.root, mesh.environment), product.name
    ports = [port for port, spec in product.spec.output_ports.items() if not isinstance(spec, View)]
    tables = {
        port: places.table(TableName(name.domain, name.name, port), product.spec.major) for port in ports
    }
    return tuple((port, count_rows(place)) for port, place in tables.items())
