"""The ledger of a batch: where every row went, and whether the sums agree.

    input   read = rejected + accepted
    filter  rows_in = rows_out + filtered
    dedup   rows_in = rows_out + duplicates
    output  checked = quarantined + dropped + superseded + offered
            offered = inserted + updated + deleted + stale

The left sides are counted in the plan; `offered` and its parts are what the commit reports of itself, so that
a row lost between check and commit shows. Other steps record rows_in and rows_out and claim nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

Kind = Literal["input", "step", "filter", "deduplicate", "output"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger: an input, a step or an output of a batch. Terms that do not apply are None."""

    kind: Kind
    name: str
    read: int | None = None
    rejected: int | None = None
    accepted: int | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    filtered: int | None = None
    duplicates: int | None = None
    checked: int | None = None
    quarantined: int | None = None
    dropped: int | None = None
    superseded: int | None = None
    offered: int | None = None
    inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None
    stale: int | None = None
    conflicts: int | None = None


TERMS = tuple(field.name for field in fields(Entry) if field.name not in ("kind", "name"))
_EQUATIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "input": (("read", ("rejected", "accepted")),),
    "filter": (("rows_in", ("rows_out", "filtered")),),
    "deduplicate": (("rows_in", ("rows_out", "duplicates")),),
    "output": (
        ("checked", ("quarantined", "dropped", "superseded", "offered")),
        ("offered", ("inserted", "updated", "deleted", "stale")),
    ),
    "step": (),
}


def totals(entries: Iterable[Entry]) -> dict[str, int]:
    """The rows of a batch: read, written (inserted, updated or deleted), rejected, quarantined."""
    lines = tuple(entries)

    def total(*terms: str) -> int:
        return sum(getattr(entry, term) or 0 for entry in lines for term in terms)

    return {
        "read": total("read"),
        "written": total("inserted", "updated", "deleted"),
        "rejected": total("rejected"),
        "quarantined": total("quarantined"),
    }


def imbalances(entries: Iterable[Entry]) -> tuple[str, ...]:
    """A sentence for each equation that does not hold; empty where the ledger balances."""
    return tuple(
        sentence
        for entry in entries
        for whole, parts in _EQUATIONS[entry.kind]
        if (sentence := _compare(entry, whole, parts))
    )


def _compare(entry: Entry, whole: str, parts: tuple[str, ...]) -> str | None:
    left = getattr(entry, whole)
    terms = [getattr(entry, part) for part in parts]
    if left is None or None in terms:
        missing = [name for name in (whole, *parts) if getattr(entry, name) is None]
        return f"{entry.kind} '{entry.name}': {', '.join(missing)} was not counted"
    if left == sum(terms):
        return None
    right = " + ".join(f"{part} {term}" for part, term in zip(parts, terms, strict=True))
    return f"{entry.kind} '{entry.name}': {whole} {left} is not {right} (off by {sum(terms) - left:+d})"
