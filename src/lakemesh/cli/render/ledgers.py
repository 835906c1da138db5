"""A line of the ledger as the sum that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakemesh.observe.ledger import Entry

_SUMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "input": (("read", ("rejected", "accepted")),),
    "filter": (("rows_in", ("rows_out", "filtered")),),
    "deduplicate": (("rows_in", ("rows_out", "duplicates")),),
    "output": (
        ("checked", ("quarantined", "dropped", "superseded", "offered")),
        ("offered", ("inserted", "updated", "deleted", "stale")),
    ),
    "step": (),
}
_WORDS = {"rows_in": "in", "rows_out": "out"}


def ledger_line(entry: Entry) -> str:
    """The entry with its sums: orders: checked 10 = quarantined 1 + offered 9; offered 9 = inserted 9.

    Parts that are zero are left out, sums that nothing was counted for too; where that is all, it says so.
    """
    sums = [_sum(entry, whole, parts) for whole, parts in _SUMS[entry.kind]]
    if entry.kind == "step":
        sums = [
            f"{_WORDS[term]} {_number(entry, term)}" for term in ("rows_in", "rows_out") if _has(entry, term)
        ]
    if entry.conflicts:
        sums.append(f"conflicts {entry.conflicts:,}")
    return f"{entry.name}: {'; '.join(filter(None, sums)) or 'not counted'}"


def _sum(entry: Entry, whole: str, parts: tuple[str, ...]) -> str:
    if not _has(entry, whole):
        return ""
    said = [f"{_WORDS.get(part, part)} {_number(entry, part)}" for part in parts if getattr(entry, part)]
    return f"{_WORDS.get(whole, whole)} {_number(entry, whole)}" + (f" = {' + '.join(said)}" if said else "")


def _has(entry: Entry, term: str) -> bool:
    return getattr(entry, term) is not None


def _number(entry: Entry, term: str) -> str:
    return f"{getattr(entry, term):,}"
