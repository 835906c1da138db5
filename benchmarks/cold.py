"""How long the cold commands take, each as a whole process, next to a bare `python -c pass`.

    python -m benchmarks.cold [--mesh DIR] [--runs 9]

Runs are interleaved (bare, help, validate, sql, bare, help, ...), so that a busy moment of the machine
touches all of them alike. Printed: the median, the spread between the first and the ninth decile, the CPU
seconds, the ratio to the bare interpreter, and the target. A figure, never a test: it does not fail on a slow
machine. `sql` counts the rows of a small table that is made for it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import cost_of_process, machine, spread, verdict

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
    with tempfile.TemporaryDirectory() as folder:
        cases = _cases(asked.mesh, _small_mesh(Path(folder)))
        failed = [case for case in cases if not _works(case)]  # the warm-up
        cases = [case for case in cases if case not in failed]
        runs = max(asked.runs, FEWEST_RUNS)
        costs: dict[str, list[tuple[float, float]]] = {case.name: [] for case in cases}
        for _ in range(runs):
            for case in cases:
                costs[case.name].append(cost_of_process(case.command))
    _print(cases, costs, runs)
    return 1 if failed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--mesh", type=Path, default=ROOT, help="the mesh to validate (default: the reference mesh)"
    )
    parser.add_argument("--runs", type=int, default=9, help=f"runs of each, at least {FEWEST_RUNS}")
    return parser.parse_args()


def _small_mesh(root: Path) -> Path:
    """A mesh whose one table has a thousand rows."""
    import pyarrow as pa
    from deltalake import write_deltalake

    shutil.copytree(ROOT / "benchmarks" / "mesh", root, dirs_exist_ok=True)
    (root / "landing").mkdir(exist_ok=True)
    orders = pa.table({"order_id": [f"o-{number}" for number in range(1000)]})
    write_deltalake(root / "lakehouse/shop/orders/orders", orders)
    return root


def _cases(mesh: Path, small: Path) -> list[Case]:
    lakemesh = [sys.executable, str(Path(sys.executable).parent / "lakemesh")]
    count = "select count(*) from shop.orders.orders"
    return [
        Case("python -c pass", [sys.executable, "-c", "pass"], None),
        Case("lakemesh --help", [*lakemesh, "--help"], 0.35),
        Case("lakemesh validate", [*lakemesh, "--mesh", str(mesh), "validate"], 1.2),
        Case("lakemesh sql", [*lakemesh, "--mesh", str(small), "sql", count], 1.5),
    ]


def _works(case: Case) -> bool:
    said = subprocess.run(case.command, capture_output=True, text=True, check=False)
    if said.returncode:
        last = (said.stderr or said.stdout).strip().splitlines() or ["it said nothing"]
        print(f"left out: {case.name} ended with exit code {said.returncode}: {last[-1]}", file=sys.stderr)
    return said.returncode == 0


def _print(cases: list[Case], costs: dict[str, list[tuple[float, float]]], runs: int) -> None:
    bare = statistics.median(wall for wall, _ in costs[cases[0].name])
    print(f"{runs} runs each after a warm-up, interleaved, whole processes: {machine()}")
    print(f"{'':<20}{'wall':>9}{'p10 - p90':>18}{'CPU':>9}{'x bare':>8}{'target':>9}")
    for case in cases:
        walls, cpus = zip(*costs[case.name], strict=True)
        median, (low, high) = statistics.median(walls), spread(walls)
        range_, cpu = f"{low:.3f} - {high:.3f} s", statistics.median(cpus)
        target = f"{case.target:>7.2f} s{verdict(median, case.target)}" if case.target else ""
        print(f"{case.name:<20}{median:>7.3f} s{range_:>18}{cpu:>7.3f} s{median / bare:>8.1f}{target}")
    print()


if __name__ == "__main__":
    sys.exit(main())
