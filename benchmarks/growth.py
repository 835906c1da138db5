"""How the time of a batch into an empty table grows with its rows: one, two and four times as many.

    python -m benchmarks.growth [--rows 1000000] [--runs 3]

Printed are the medians t1, t2 and t4 of a warm session, and (t4 - t2) / (t2 - t1), which is 2 where every row
costs the same.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import orders
from benchmarks.measure import Cost, collect_garbage, cost_of, machine, verdict
from benchmarks.product import run_ours
from lakemesh.runner.session import open_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.spec.loader import Mesh

TARGET = 2.2
TIMES = (1, 2, 4)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="orders in the smallest batch")
    parser.add_argument("--runs", type=int, default=3, help="runs of each size that are counted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), asked.rows, asked.runs)
    return 0


def _measure(root: Path, rows: int, runs: int) -> None:
    print(f"{rows:,} orders and more, {machine()}", flush=True)
    mesh = orders.make_mesh(root)
    session = open_session(mesh)
    for times in TIMES:
        orders.first_batch(session, root / f"batch{times}", rows * times)
    costs: dict[int, list[Cost]] = {times: [] for times in TIMES}
    for _ in range(runs + 1):
        for times in TIMES:
            costs[times].append(_run(session, mesh, root, times))
    session.stop()
    for name in ("wall", "cpu"):
        _print(name, {times: each[1:] for times, each in costs.items()})


def _run(session: SparkSession, mesh: Mesh, root: Path, times: int) -> Cost:
    for old in ("lakehouse", "landing"):
        shutil.rmtree(root / old, ignore_errors=True)
    orders.land(root / f"batch{times}", root / "landing")
    collect_garbage(session)
    return cost_of(session, lambda: run_ours(session, mesh))


def _print(name: str, costs: dict[int, list[Cost]]) -> None:
    one, two, four = (statistics.median(getattr(cost, name) for cost in costs[times]) for times in TIMES)
    times = f"{name:<5} t1 {one:.2f} s, t2 {two:.2f} s, t4 {four:.2f} s"
    if two <= one:
        print(f"{times}: too few rows to tell, or too busy a machine")
        return
    growth = (four - two) / (two - one)
    print(f"{times}: {growth:.2f}, target {TARGET}{verdict(growth, TARGET)}")


if __name__ == "__main__":
    sys.exit(main())
