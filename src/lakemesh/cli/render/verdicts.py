"""Rules with what a run found of them, over all its batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.cli.render.words import count

if TYPE_CHECKING:
    from lakemesh.observe.checks import CheckResult

_WEIGHT = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Verdict:
    """One rule over all batches; `unexpected` is None where it judges no single rows."""

    output: str
    rule: str
    severity: str
    on_failure: str
    held: bool
    rows: int
    unexpected: int | None
    observed: str | None

    @property
    def acted(self) -> bool:
        """Whether rows were dropped or quarantined for it, which `mostly` does not change."""
        return bool(self.unexpected) and self.on_failure in ("drop", "quarantine")


def sum_verdicts(checks: Sequence[CheckResult]) -> tuple[Verdict, ...]:
    """A verdict for each rule, the critical ones first."""
    keys = dict.fromkeys((check.output, check.rule) for check in checks)
    verdicts = (_verdict([c for c in checks if (c.output, c.rule) == key]) for key in keys)
    return tuple(sorted(verdicts, key=lambda verdict: (_WEIGHT.get(verdict.severity, 9), verdict.output)))


def _verdict(checks: list[CheckResult]) -> Verdict:
    last, failed = checks[-1], [check for check in checks if not check.success]
    counts = [check.unexpected_count for check in checks if check.unexpected_count is not None]
    return Verdict(
        output=last.output,
        rule=last.rule,
        severity=last.severity,
        on_failure=last.on_failure,
        held=not failed,
        rows=sum(check.element_count for check in checks),
        unexpected=sum(counts) if counts else None,
        observed=failed[-1].observed_value if failed else last.observed_value,
    )


def verdict_line(verdict: Verdict) -> str:
    """A rule on one line: currency_known on orders failed, 5 of 990 rows (critical, quarantine)."""
    if verdict.unexpected is not None:
        found = f", {verdict.unexpected:,} of {count(verdict.rows, 'row')}"
    else:
        found = f", found {verdict.observed}" if verdict.observed is not None else ""
    told = "held" if verdict.held else "failed"
    return f"{verdict.rule} on {verdict.output} {told}{found} ({verdict.severity}, {verdict.on_failure})"
