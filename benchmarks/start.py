"""From nothing to a committed batch: a session started and one small batch run, by lakemesh and by hand.

    python -m benchmarks.start [--rows 1000] [--pairs 7]

Each is a process of its own, with the same settings of Spark; tables, checkpoints and ops tables stand from a
batch before. Counted is from just before the session is started to the end of the run; printed below it is
the whole process, with Python's start and imports and the session's end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import orders
from benchmarks.measure import Cost, Pair, cpu_seconds, machine, print_pairs, total_jobs
from benchmarks.product import run_ours, run_theirs
from lakemesh.runner.session import open_session
from lakemesh.spec.loader import load_mesh

TARGET = 1.3
SIDES = ("ours", "theirs")


def main() -> int:
    """Measure and print."""
    asked = _parse()
    if asked.side:
        print(json.dumps(_run(asked.root, asked.side)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), asked.rows, asked.pairs)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000, help="orders in a batch")
    parser.add_argument("--pairs", type=int, default=7, help="pairs that are counted")
    parser.add_argument("--side", choices=SIDES, help="run one batch of this side in the mesh at --root")
    parser.add_argument("--root", type=Path)
    return parser.parse_args()


def _run(root: Path, side: str) -> dict[str, float]:
    """One batch of one side in this process, from before its session; `before` is the CPU until then."""
    wall, cpu = time.perf_counter(), cpu_seconds(os.getpid())
    mesh = load_mesh(root).require()
    session = open_session(mesh)
    acts: dict[str, Callable[[], object]] = {
        "ours": lambda: run_ours(session, mesh),
        "theirs": lambda: run_theirs(session, root),
    }
    acts[side]()
    cost = Cost(time.perf_counter() - wall, cpu_seconds(os.getpid()) - cpu, total_jobs(session))
    session.stop()
    return {**vars(cost), "before": cpu}


def _compare(root: Path, rows: int, pairs: int) -> None:
    print(f"{rows:,} orders a batch, {machine()}", flush=True)
    _make(root, rows, pairs)
    done, whole = [], []
    for number in range(pairs + 1):
        orders.land(root / f"batch{number}", root / "landing")
        sides = sorted(SIDES, reverse=bool(number % 2))
        costs = {side: _process(root, side) for side in sides}
        done.append(Pair(*(costs[side][0] for side in SIDES)))
        whole.append(Pair(*(costs[side][1] for side in SIDES)))
    print_pairs("from session start to a committed batch", done[1:], TARGET)
    print_pairs("the whole process", whole[1:])


def _make(root: Path, rows: int, pairs: int) -> None:
    """The mesh and a batch of records for each pair, and for one before them."""
    session = open_session(orders.make_mesh(root))
    orders.first_batch(session, root / "batch0", rows)
    for number in range(1, pairs + 1):
        orders.later_batch(session, root / f"batch{number}", rows, number)
    session.stop()


def _process(root: Path, side: str) -> tuple[Cost, Cost]:
    """What a process of its own tells of its batch, and what it took as a whole."""
    command = [sys.executable, "-m", "benchmarks.start", "--side", side, "--root", str(root)]
    start = time.perf_counter()
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    if said.returncode:
        raise SystemExit(f"{side} failed:\n{said.stderr[-2000:]}")
    told = json.loads(said.stdout.splitlines()[-1])
    before = told.pop("before")
    cost = Cost(**told)
    return cost, Cost(wall, before + cost.cpu, cost.jobs)


if __name__ == "__main__":
    sys.exit(main())
