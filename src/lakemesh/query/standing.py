"""How each product stands: its last run, how fresh it is, whether its ledger balances, which rules failed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lakemesh.names import TableName
from lakemesh.observe.ledger import imbalances
from lakemesh.plan.places import places_of
from lakemesh.query.facts import PastRun, Row, checks_of, entries_of, past_runs, read_facts
from lakemesh.query.tables import count_rows
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.query.facts import Facts
    from lakemesh.spec.loader import Mesh, Product
    from lakemesh.spec.outputs import SlaProperty

Freshness = Literal["fresh", "stale", "unpromised"]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "mo": 30 * 86400, "y": 365 * 86400}
_UNITS = {
    **{word: "s" for word in ("s", "sec", "second", "seconds")},
    **{word: "m" for word in ("m", "min", "minute", "minutes")},
    **{word: "h" for word in ("h", "hour", "hours")},
    **{word: "d" for word in ("d", "day", "days")},
    **{word: "w" for word in ("w", "week", "weeks")},
    **{word: "mo" for word in ("mo", "month", "months")},
    **{word: "y" for word in ("y", "yr", "year", "years")},
}


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
    imbalances: tuple[str, ...]
    ledger_entries: int
    rules: int
    failed: tuple[FailedRule, ...]
    rows: tuple[tuple[str, int | None], ...]


def read_standings(mesh: Mesh, names: Collection[ProductName], now: dt.datetime) -> tuple[Standing, ...]:
    """How each of the named products stands at a moment."""
    facts = {domain: read_facts(mesh, domain) for domain in {name.domain for name in names}}
    return tuple(_standing(mesh, mesh.get(name), facts[name.domain], now) for name in names)


def _standing(mesh: Mesh, product: Product, facts: Facts, now: dt.datetime) -> Standing:
    runs = past_runs(facts.runs, product.name)
    last = runs[0] if runs else None
    entries = entries_of(facts.ledger, product.name, last.run_id) if last else ()
    checks = checks_of(facts.checks, product.name, last.run_id) if last else ()
    age, latency = age_of(runs, now), latency_of(product)
    return Standing(
        product=str(product.name),
        run=last,
        freshness=_freshness(age, latency),
        age_seconds=age,
        latency_seconds=latency,
        imbalances=imbalances(entries),
        ledger_entries=len(entries),
        rules=len({(check["output"], check["rule"]) for check in checks}),
        failed=failed_rules(checks),
        rows=_rows(mesh, product),
    )


def age_of(runs: Sequence[PastRun], now: dt.datetime) -> float | None:
    """Seconds since the last run that drained its inputs ended; None where none ever did."""
    ended = next((run.ended for run in runs if run.drained and run.state == "succeeded" and run.ended), None)
    return None if ended is None else (now - ended).total_seconds()


def latency_of(product: Product) -> float | None:
    """The shortest `latency` that the product's ports promise, in seconds; None where none is promised.

    Units as ODCS 3.2 has them (d, day, days; y, yr, years), and their like for shorter spans.
    """
    ports = (port for port in product.spec.output_ports.values() if not isinstance(port, View))
    promised = (_seconds(sla) for port in ports for sla in port.sla_properties if sla.property == "latency")
    return min((seconds for seconds in promised if seconds is not None), default=None)


def _seconds(sla: SlaProperty) -> float | None:
    unit = _UNITS.get((sla.unit or "d").lower())
    try:
        return None if unit is None else float(sla.value) * _SECONDS[unit]
    except ValueError:
        return None


def _freshness(age: float | None, latency: float | None) -> Freshness:
    if latency is None:
        return "unpromised"
    return "fresh" if age is not None and age < latency else "stale"


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


_WEIGHT = {"critical": 0, "warning": 1, "info": 2}


def _rows(mesh: Mesh, product: Product) -> tuple[tuple[str, int | None], ...]:
    places, name = places_of(mesh.root, mesh.environment), product.name
    ports = [port for port, spec in product.spec.output_ports.items() if not isinstance(spec, View)]
    tables = {
        port: places.table(TableName(name.domain, name.name, port), product.spec.major) for port in ports
    }
    return tuple((port, count_rows(place)) for port, place in tables.items())
