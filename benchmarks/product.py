"""lakemesh against a script by hand: one product's batch into an empty table, and a second one with updates.

    python -m benchmarks.product [--rows 2000000] [--pairs 7]

Both sides run in one warm session, in pairs, the first to go taking turns; a pair before them warms up. The
tables of both are compared after every batch, and a difference fails the benchmark.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pyspark.sql import functions as F

from benchmarks import byhand, orders
from benchmarks.measure import Cost, Pair, collect_garbage, cost_of, machine, print_pairs, total_jobs, verdict
from lakemesh.names import ProductName
from lakemesh.runner.product import run_product
from lakemesh.runner.session import open_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.runner.report import RunReport
    from lakemesh.spec.loader import Mesh

TARGET = 1.15
OPS_JOBS = 4
TABLES = ("orders", "orders__quarantine", "exports__rejected")
OURS = Path("lakehouse", orders.DOMAIN, orders.NAME)
# What a run says of itself differs between any two runs.
OF_A_RUN = ("_run", "_at")
# What lakemesh notes of a port's records, which the script does not look at.
NOTES = ("no_unknown_fields", "no_wrong_types")


def main() -> int:
    """Measure and print; ends with an error where tables differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000, help="orders in each of the two batches")
    parser.add_argument("--pairs", type=int, default=7, help="pairs that are counted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Bench(Path(folder), asked.rows).run(asked.pairs)
    return 0


class Bench:
    """One session, its records, and the tables that both sides make of them."""

    def __init__(self, root: Path, rows: int) -> None:
        self.root, self.rows = root, rows
        self.of_ops: list[int] = []
        self.told: dict[str, Mapping[str, str]] = {}
        self.mesh: Mesh = orders.make_mesh(root)
        self.session: SparkSession = open_session(self.mesh)
        orders.first_batch(self.session, root / "first", rows)
        orders.later_batch(self.session, root / "second", rows)

    def run(self, pairs: int) -> None:
        """Every pair, and what they tell."""
        print(f"{self.rows:,} orders a batch, {machine()}", flush=True)
        done = [self.pair(number) for number in range(pairs + 1)][1:]
        titles = ("into an empty table", "a second batch, one in ten an update")
        for n, title in enumerate(titles):
            print_pairs(title, [pair[n] for pair in done], TARGET)
        jobs = max(self.of_ops)
        print(f"jobs of the ops tables in a batch: {jobs}, target {OPS_JOBS}{verdict(jobs, OPS_JOBS)}\n")
        self.session.stop()

    def pair(self, number: int) -> tuple[Pair, Pair]:
        """The two batches by both sides, whose tables are compared after each."""
        for old in ("lakehouse", "byhand", "landing"):
            shutil.rmtree(self.root / old, ignore_errors=True)
        return self._batch("first", number), self._batch("second", number)

    def _batch(self, name: str, number: int) -> Pair:
        orders.land(self.root / name, self.root / "landing")
        acts = {"ours": self.ours, "theirs": self.theirs}
        costs: dict[str, Cost] = {}
        self.told.clear()
        for side in sorted(acts, reverse=bool(number % 2)):
            collect_garbage(self.session)
            costs[side] = cost_of(self.session, acts[side])
        require_same(self.session, self.root / OURS, self.root / "byhand")
        require_same_results(self.told["ours"], self.told["theirs"])
        return Pair(costs["ours"], costs["theirs"])

    def ours(self) -> None:
        """One batch by lakemesh, the jobs of its ops tables counted."""
        with jobs_of_ops(self.session) as jobs:
            report = run_ours(self.session, self.mesh)
        self.told["ours"] = results_of(report)
        self.of_ops.append(sum(jobs))

    def theirs(self) -> None:
        """One batch by hand."""
        found = run_theirs(self.session, self.root)
        self.told["theirs"] = {rule: str(value) for rule, value in found.items()}


@contextmanager
def jobs_of_ops(session: SparkSession) -> Iterator[list[int]]:
    """Within, how many jobs each append to an ops table and each look into one starts."""
    jobs: list[int] = []

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            before = total_jobs(session)
            result = act(*given)
            jobs.append(total_jobs(session) - before)
            return result

        return call

    with ExitStack() as stack:
        for module in [one for name, one in sys.modules.items() if name.startswith("lakemesh.runner.")]:
            for name in ("append_facts", "read_facts"):
                if hasattr(module, name):
                    stack.enter_context(patch.object(module, name, counted(getattr(module, name))))
        yield jobs


def run_ours(session: SparkSession, mesh: Mesh) -> RunReport:
    """Run the product by lakemesh; a run that fails ends the benchmark."""
    report = run_product(mesh, ProductName(orders.DOMAIN, orders.NAME), session)
    if report.state != "succeeded":
        raise SystemExit(f"lakemesh failed: {report.message}")
    return report


def results_of(report: RunReport) -> dict[str, str]:
    """What each rule found: the rows that break it, or the value of an aggregate."""
    rules = (check for check in report.checks if check.rule not in NOTES)
    return {
        check.rule: str(check.observed_value if check.unexpected_count is None else check.unexpected_count)
        for check in rules
    }


def run_theirs(session: SparkSession, root: Path) -> dict[str, Any]:
    """Run the same by hand; what its rules found."""
    lake = byhand.Lake(root / "landing", root / "byhand", "by hand")
    byhand.run(session, lake)
    return lake.results


def require_same_results(ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """Nothing. Ends the benchmark where a rule found other things on the two sides."""
    if ours != theirs:
        raise SystemExit(f"the rules found {dict(ours)} by lakemesh and {dict(theirs)} by hand")


def require_same(session: SparkSession, ours: Path, theirs: Path) -> None:
    """Nothing. Ends the benchmark where two tables differ."""
    for table in TABLES:
        one, other = (look(session, folder / table) for folder in (ours, theirs))
        if fingerprint(one) != fingerprint(other):
            one.exceptAll(other).show(5, truncate=False)
            other.exceptAll(one).show(5, truncate=False)
            raise SystemExit(
                f"{table} by lakemesh and by hand differ: what one has and the other has not is above"
            )


def look(session: SparkSession, table: Path) -> DataFrame:
    """A table's rows as text, without what a run says of itself."""
    rows = session.read.format("delta").load(str(table)).drop(*OF_A_RUN)
    if "_source" in rows.columns:
        rows = rows.withColumn("_source", F.col("_source").dropFields("run"))
    return rows.select(F.to_json(F.struct(*sorted(rows.columns))).alias("row"))


def fingerprint(rows: DataFrame) -> tuple[int, int]:
    """The number of rows, and a sum that another row would change."""
    found = (
        rows.select(F.xxhash64("row").cast("decimal(38,0)").alias("hash"))
        .agg(F.count("*"), F.sum("hash"))
        .first()
    )
    return (int(found[0]), int(found[1] or 0)) if found else (0, 0)


if __name__ == "__main__":
    sys.exit(main())
