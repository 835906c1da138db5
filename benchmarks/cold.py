"""How long the cold commands take, each as a whole process, next to a bare `python -c pass`.

    python -m benchmarks.cold [--mesh DIR] [--runs 9] [--table DOMAIN.PRODUCT.PORT]

Runs are interleaved (bare, help, validate, sql, bare, help, ...), so that a busy moment of the machine
touches all of them alike. Printed: the median, the spread between the first and the ninth decile, the ratio
to the bare interpreter, and the target. A figure, never a test: it does not fail on a slow machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FEWEST_RUNS = 7


class Case(NamedTuple):
    """One command with the seconds that it should stay under."""

    name: str
    command: list[str]
    target: float | None


def main() -> int:
    """Measure, print, and return 1 where a command fails."""
    asked = _parse()
    cases = _cases(asked.mesh, asked.table)
    failed = [case for case in cases if not _works(case)]  # the warm-up
    cases = [case for case in cases if case not in failed]
    runs = max(asked.runs, FEWEST_RUNS)
    seconds: dict[str, list[float]] = {case.name: [] for case in cases}
    for _ in range(runs):
        for case in cases:
            seconds[case.name].append(_time(case))
    _print(cases, seconds, runs)
    return 1 if failed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--mesh", type=Path, default=ROOT, help="the mesh's folder (default: the reference mesh)"
    )
    parser.add_argument("--runs", type=int, default=9, help=f"runs of each, at least {FEWEST_RUNS}")
    parser.add_argument("--table", default="checkout.orders.orders", help="what sql counts")
    return parser.parse_args()


def _cases(mesh: Path, table: str) -> list[Case]:
    lakemesh = [sys.executable, str(Path(sys.executable).parent / "lakemesh")]
    return [
        Case("python -c pass", [sys.executable, "-c", "pass"], None),
        Case("lakemesh --help", [*lakemesh, "--help"], 0.35),
        Case("lakemesh validate", [*lakemesh, "--mesh", str(mesh), "validate"], 1.2),
        Case("lakemesh sql", [*lakemesh, "--mesh", str(mesh), "sql", f"select count(*) from {table}"], 1.5),
    ]


def _works(case: Case) -> bool:
    said = subprocess.run(case.command, capture_output=True, text=True, check=False)
    if said.returncode:
        last = (said.stderr or said.stdout).strip().splitlines() or ["it said nothing"]
        print(f"left out: {case.name} ended with exit code {said.returncode}: {last[-1]}", file=sys.stderr)
    return said.returncode == 0


def _time(case: Case) -> float:
    start = time.perf_counter()
    subprocess.run(case.command, capture_output=True, check=True)
    return time.perf_counter() - start


def _print(cases: list[Case], seconds: dict[str, list[float]], runs: int) -> None:
    bare = statistics.median(seconds[cases[0].name])
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform(terse=True)}"
    print(f"{runs} runs each after a warm-up, interleaved; {machine}\n")
    print(f"{'':<20}{'median':>9}{'p10 - p90':>18}{'x bare':>8}{'target':>9}")
    for case in cases:
        median = statistics.median(seconds[case.name])
        deciles = statistics.quantiles(seconds[case.name], n=10, method="inclusive")
        spread = f"{deciles[0]:.3f} - {deciles[-1]:.3f} s"
        target = f"{case.target:.2f} s" if case.target else ""
        kept = "" if case.target is None or median < case.target else "  over"
        print(f"{case.name:<20}{median:>7.3f} s{spread:>18}{median / bare:>8.1f}{target:>9}{kept}")


if __name__ == "__main__":
    sys.exit(main())
