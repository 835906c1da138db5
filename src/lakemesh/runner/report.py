"""What came of a run, as its summary tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from lakemesh.observe.ledger import TERMS, Entry

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult


@dataclass(frozen=True)
class Replay:
    """A batch that the run did again, and the run that began it: what was set aside may bear its id."""

    flow: str
    batch: int
    run_id: str


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """One product's run: how it ended, its ledger summed over batches, and the results of its rules.

    `tables` has the rows written to each output; `seconds` is wall time.
    """

    product: str
    run_id: str
    state: Literal["succeeded", "failed", "skipped"]
    message: str = ""
    error: dict[str, Any] | None = None
    seconds: float = 0.0
    batches: int = 0
    entries: tuple[Entry, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    tables: tuple[tuple[str, int], ...] = ()
    warnings: tuple[str, ...] = ()
    replays: tuple[Replay, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The report as data."""
        return asdict(self)


def find_replays(
    ledger: Iterable[Mapping[str, Any]], opened: Iterable[Mapping[str, Any]], run_id: str
) -> tuple[Replay, ...]:
    """The batches in a run's ledger that another run opened; `opened`: rows of `batches`, oldest first."""
    begun = {_key(row): str(row["run_id"]) for row in opened}
    keys = dict.fromkeys(map(_key, ledger))
    return tuple(Replay(key[0], key[2], begun[key]) for key in keys if begun.get(key, run_id) != run_id)


def _key(row: Mapping[str, Any]) -> tuple[str, str, int]:
    return row["flow"], row["generation"], row["batch"]


def sum_entries(entries: list[Entry]) -> tuple[Entry, ...]:
    """One line for each kind and name; a term that no batch counted stays None."""
    names = dict.fromkeys((entry.kind, entry.name) for entry in entries)
    return tuple(
        Entry(kind=kind, name=name, **_sums([e for e in entries if (e.kind, e.name) == (kind, name)]))
        for kind, name in names
    )


def _sums(entries: list[Entry]) -> dict[str, int | None]:
    sums: dict[str, int | None] = {}
    for term in TERMS:
        counted = [value for entry in entries if (value := getattr(entry, term)) is not None]
        sums[term] = sum(counted) if counted else None
    return sums
