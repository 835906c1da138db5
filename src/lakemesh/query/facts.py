"""The facts of past runs, read back from the ops tables: runs, ledger entries, checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakemesh.observe.ledger import TERMS, Entry
from lakemesh.query.tables import read_ops

if TYPE_CHECKING:
    import pyarrow as pa

    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh

Row = Mapping[str, Any]


@dataclass(frozen=True)
class PastRun:
    """One run as its rows in `runs` tell it; `ended` is None while it runs, or if it was killed."""

    run_id: str
    state: str
    started: dt.datetime
    ended: dt.datetime | None
    drained: bool
    message: str

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()


@dataclass(frozen=True)
class Facts:
    """What status needs of a domain's ops tables; empty before its first run."""

    runs: tuple[Row, ...]
    ledger: tuple[Row, ...]
    checks: tuple[Row, ...]


def read_facts(mesh: Mesh, domain: str) -> Facts:
    """All runs of a domain, with the ledger and the checks of each product's last run that had a batch."""
    runs = _rows(read_ops(mesh, domain, "runs"))
    ledger, checks = read_ops(mesh, domain, "ledger"), read_ops(mesh, domain, "checks")
    last: dict[str, tuple[dt.datetime, str]] = {}
    for row in (*_ends(ledger), *_ends(checks)):
        last[row["product"]] = max(
            last.get(row["product"], (row["at_max"], "")), (row["at_max"], row["run_id"])
        )
    kept = {run_id for _, run_id in last.values()}
    return Facts(runs, _of_runs(ledger, kept), _of_runs(checks, kept))


def _ends(table: pa.Table | None) -> tuple[Row, ...]:
    """When each run of each product last recorded something in a table."""
    return () if table is None else _rows(table.group_by(["product", "run_id"]).aggregate([("at", "max")]))


def _of_runs(table: pa.Table | None, run_ids: Collection[str]) -> tuple[Row, ...]:
    if table is None:
        return ()
    mine = [run_id in run_ids for run_id in table["run_id"].to_pylist()]
    return _rows(table.filter(mine))


def last_judged(facts: Facts, product: ProductName) -> str | None:
    """The last run of a product that had a batch; None where none had."""
    rows = [row for row in (*facts.ledger, *facts.checks) if row["product"] == str(product)]
    last = max(rows, key=_at, default=None)
    return None if last is None else last["run_id"]


def _rows(table: pa.Table | None) -> tuple[Row, ...]:
    return () if table is None else tuple(table.to_pylist())


def past_runs(rows: Iterable[Row], product: ProductName) -> tuple[PastRun, ...]:
    """The runs of a product, the latest first."""
    by_run: dict[str, list[Row]] = {}
    for row in rows:
        if row["product"] == str(product):
            by_run.setdefault(row["run_id"], []).append(row)
    return tuple(sorted(map(_past_run, by_run.values()), key=lambda run: run.started, reverse=True))


def _past_run(rows: list[Row]) -> PastRun:
    first, last = min(rows, key=_at), max(rows, key=_rank)
    over = last["state"] != "running"
    return PastRun(
        run_id=last["run_id"],
        state=last["state"],
        started=_at(first),
        ended=_at(last) if over else None,
        drained=bool(last["drained"]),
        message=last["message"] or "",
    )


def _at(row: Row) -> dt.datetime:
    at: dt.datetime = row["at"]
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _rank(row: Row) -> tuple[bool, dt.datetime]:
    return row["state"] != "running", _at(row)


def entries_of(rows: Iterable[Row], product: ProductName, run_id: str) -> tuple[Entry, ...]:
    """The ledger's entries that one run recorded, a batch written twice told once."""
    kept = _last(rows, product, run_id, ("flow", "generation", "batch", "kind", "name"))
    return tuple(Entry(kind=r["kind"], name=r["name"], **{term: r[term] for term in TERMS}) for r in kept)


def checks_of(rows: Iterable[Row], product: ProductName, run_id: str) -> tuple[Row, ...]:
    """The verdicts that one run recorded, a batch written twice told once."""
    return _last(rows, product, run_id, ("flow", "generation", "batch", "output", "rule"))


def _last(rows: Iterable[Row], product: ProductName, run_id: str, key: tuple[str, ...]) -> tuple[Row, ...]:
    """The last row of each key: ops tables are appends, and a replayed batch appends again."""
    mine = [row for row in rows if row["product"] == str(product) and row["run_id"] == run_id]
    found = {tuple(row[part] for part in key): row for row in sorted(mine, key=_at)}
    return tuple(found.values())
