"""How the cases of tests.yml went, with what differs where one failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.words import count, span

if TYPE_CHECKING:
    from lakemesh.runner.comparison import Difference
    from lakemesh.runner.trial import CaseReport

Row = dict[str, Any]


def print_cases(reports: Iterable[CaseReport], silent: Sequence[str], as_json: bool) -> int:
    """Print each case as it is done, and a summary; the exit code. `silent` are products without a case."""
    seen = []
    for report in reports:
        seen.append(report)
        if not as_json:
            click.echo("\n".join(case_lines(report)))
    failed = sum(not report.passed for report in seen)
    if as_json:
        facts = {"passed": len(seen) - failed, "failed": failed, "cases": [r.facts() for r in seen]}
        click.echo(to_json({**facts, "untested": list(silent)}, indent=2))
    else:
        click.echo(_total(len(seen), failed, silent))
    return 1 if failed else 0


def _total(cases: int, failed: int, silent: Sequence[str]) -> str:
    untested = f" Without tests: {', '.join(silent)}." if silent else ""
    outcome = f"{failed} FAILED" if failed else "all passed"
    return (f"{count(cases, 'case')}, {outcome}." if cases else "Nothing to run.") + untested


def case_lines(report: CaseReport) -> Iterator[str]:
    """A case on a line, and below it what it lacks: a row that was expected '-', one that was not '+'."""
    outcome = "ok" if report.passed else "FAILED"
    yield f"{outcome:<6} {report.product}: {report.case} ({span(report.seconds)})"
    if report.message:
        yield f"         {report.message}"
    for difference in report.differences:
        yield f"         {difference.table} differs from what is expected:"
        for line in difference_lines(difference):
            yield f"           {line}"


def difference_lines(difference: Difference) -> Iterator[str]:
    """The difference row by row; an expected row stands beside the found one that is most like it."""
    rest = list(difference.unexpected)
    for row in difference.missing:
        twin = _nearest(row, rest)
        yield f"- expected {to_json(row)}"
        if twin is not None:
            rest.remove(twin)
            yield f"+ found    {to_json(twin)}"
            yield f"  differs  {', '.join(_changes(row, twin))}"
    for row in rest:
        yield f"+ found    {to_json(row)}"


def _nearest(row: Row, rows: Sequence[Row]) -> Row | None:
    """The row that shares most values with one; None where none shares any."""
    scored = [(_alike(row, other), -at) for at, other in enumerate(rows)]
    best, at = max(scored, default=(0, 0))
    return rows[-at] if best else None


def _alike(row: Row, other: Row) -> int:
    return sum(key in other and other[key] == value for key, value in row.items())


def _changes(row: Row, found: Row) -> Iterator[str]:
    for key, value in row.items():
        if found.get(key) != value:
            yield f"{key}: {to_json(value)} expected, {to_json(found.get(key))} found"
