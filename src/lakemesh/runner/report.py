"""What came of a run, as its summary tells it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from lakemesh.observe.ledger import TERMS, Entry

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult


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

    def facts(self) -> dict[str, Any]:
        """The report as data."""
        return asdict(self)


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
