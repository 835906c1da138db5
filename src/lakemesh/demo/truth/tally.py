"""Counts of one run, product by product: what the manifest says and the ledger must agree with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts under a path of words."""

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def read(self, product: str, port: str, reason: str = "") -> None:
        """Count records of an input, and the rejected ones by reason."""
        self.counts[product, "inputs", port, "read"] += 1
        if reason:
            self.counts[product, "inputs", port, "rejected", reason] += 1

    def snapshot(self, product: str, port: str, rows: int = 1) -> None:
        """Count rows of a table that is read whole; a ledger has no line for them."""
        self.counts[product, "snapshots", port] += rows

    def filtered(self, product: str, step: str) -> None:
        """Count a row that a filter leaves out."""
        self.counts[product, "filtered", step] += 1

    def judge(
        self, product: str, port: str, setting_aside: list[str], dropping: list[str], warning: list[str]
    ) -> bool:
        """Count an offered row with the rules that it fails; gives whether it goes on to the table."""
        at = (product, "outputs", port)
        self.counts[*at, "checked"] += 1
        for rule in (*setting_aside, *dropping, *warning):
            self.counts[*at, "failed", rule] += 1
            # A row that is set aside tells of every rule that it breaks.
            if setting_aside:
                self.counts[*at, "quarantined_by", rule] += 1
        if setting_aside or dropping:
            self.counts[*at, "quarantined" if setting_aside else "dropped"] += 1
            return False
        return True

    def nested(self) -> dict[str, Any]:
        """All counts as nested dictionaries, sorted."""
        whole: dict[str, Any] = {}
        for path, count in sorted(self.counts.items()):
            at = whole
            for word in path[:-1]:
                at = at.setdefault(word, {})
            at[path[-1]] = count
        return whole
