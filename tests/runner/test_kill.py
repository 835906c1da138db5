"""A run that is killed at a seam, Python and JVM at once, and the next run that makes it good."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder
from tests.servers import LEAN_JAVA

from lakemesh.names import parse_product
from lakemesh.runner.jars import jars_folder
from lakemesh.runner.product import run_product
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.slow(minutes=3), pytest.mark.process]
ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("killed_run.py")
FLOWS = ("first", "second")
BATCHES = 3

MESH = "tenant: tests\ndomains: {shop: {owner: Shop data}}\n"
ENVIRONMENT = f"""platform: local
lakehouse: lakehouse
spark:
  master: "local[2]"
  settings:
    spark.driver.extraJavaOptions: "{LEAN_JAVA} -Xms768m -Xmn256m"
    spark.sql.codegen.wholeStage: false
    spark.sql.codegen.factoryMode: NO_CODEGEN
    spark.sql.adaptive.enabled: false
    spark.sql.shuffle.partitions: 1
"""
PRODUCT = """apiVersion: lakemesh/v1
kind: DataProduct
name: things
domain: shop
schemas:
  thing: {id: string, amount: int, at: timestamp}
inputPorts:
  first: {kind: blob, path: data/first, maxPerBatch: 1, schema: {ref: thing}}
  second: {kind: blob, path: data/second, maxPerBatch: 1, schema: {ref: thing}}
transformations:
  both: {kind: union, from: [first, second]}
  stamped: {kind: derive, from: both, columns: {loaded_at: current_timestamp()}}
outputPorts:
  every:
    from: stamped
    write: append
    schema: &row {id: string, amount: int, at: timestamp, loaded_at: timestamp}
    quality: &rules
      - expect_column_values_to_be_between: {column: amount, min_value: 0}
        name: amount_not_negative
        onFailure: quarantine
  newest:
    from: stamped
    write: merge
    keys: [id]
    sequenceBy: [at]
    deleteWhen: amount % 10 = 1
    schema: *row
    quality: *rules
"""
HISTORY = (
    PRODUCT.partition("outputPorts:")[0].replace("things", "states")
    + """outputPorts:
  versions:
    from: stamped
    write: history
    keys: [id]
    sequenceBy: [at]
    deleteWhen: amount % 10 = 1
    schema: {id: string, amount: int, at: timestamp, loaded_at: timestamp}
    quality:
      - expect_column_values_to_be_between: {column: amount, min_value: 0}
        name: amount_not_negative
        onFailure: quarantine
"""
)
# Every seam of a batch: after each write (of quarantines one stands for all), its ledger, and its close, with
# its checkpoint still to come. A batch is killed at several, each time further on.
SEAMS = {
    ("first", 0): ("BatchOpened", "shop.things.first__rejected", "shop.things.newest__quarantine"),
    ("first", 1): ("shop.things.every",),
    ("first", 2): ("shop.things.newest__tombstones",),
    ("second", 0): ("shop.things.newest",),
    ("second", 1): ("LedgerRecorded",),
    ("second", 2): ("BatchClosed",),
}


def make_mesh(root: Path) -> Path:
    """A mesh of a product that appends and merges, and of one that keeps versions.

    Each of the two inputs has files with good, bad and broken records, and with a delete.
    """
    for path, text in {
        "conf/mesh.yml": MESH,
        "conf/environments/local.yml": ENVIRONMENT,
        "bundles/shop/things/product.yml": PRODUCT,
        "bundles/shop/states/product.yml": HISTORY,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for which, flow in enumerate(FLOWS):
        for number in range(BATCHES):
            write_records(root / "data" / flow / f"{number}.json", which, number)
    return root


def write_records(file: Path, which: int, number: int) -> None:
    """One file: keys that come again elsewhere with other sequences, a negative amount, a torn line."""
    rows = [
        {
            "id": f"k{(key + number) % 7}",
            "amount": 10 * number + key,
            "at": f"2026-01-01T0{(key * 5 + number + which) % 10}:00:00Z",
        }
        for key in range(5)
    ]
    bad = {"id": f"bad{which}{number}", "amount": -1, "at": "2026-01-01T00:00:00Z"}
    lines = [json.dumps(row) for row in (*rows, bad)] + ['{"id": "torn']
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))


def start(root: Path, product: str, *arguments: str) -> subprocess.Popen[str]:
    """A run in a process group of its own."""
    environment = {**os.environ, "LAKEMESH_JARS": str(jars_folder(ROOT))}
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(root), product, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    )


def kill_at(root: Path, product: str, flow: str, batch: int, seam: str) -> int:
    """The exit of a run whose whole process group was killed at a seam; the run must have come there."""
    child = start(root, product, flow, str(batch), seam)
    assert child.stdout is not None
    said = child.stdout.readline().strip()
    os.killpg(child.pid, signal.SIGKILL)
    child.stdout.close()
    code = child.wait(timeout=60)
    assert said == "at the seam", said
    return code


def rows_of(root: Path, table: str, columns: str, rest: str = "") -> list[tuple[Any, ...]]:
    """The rows of a table, sorted unless `rest` of the query says otherwise."""
    reader = QueryBuilder().register("t", DeltaTable(root / "lakehouse" / table))
    rows = pa.table(reader.execute(f"select {columns} from t {rest}").read_all()).to_pylist()
    found = [tuple(row.values()) for row in rows]
    return found if rest else sorted(found, key=repr)


def last_batch(root: Path) -> tuple[Any, ...]:
    """The newest row of the batches table: flow, batch and state."""
    newest = 'order by "at" desc limit 1'
    return rows_of(root, "_ops/shop/batches", "flow, batch, state", newest)[0]


def contents(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What must not depend on kills: all data tables, without the ids and times of runs."""
    bad = "id, amount, _failed_rules, _flow, _batch"
    asked = dict.fromkeys(("every", "newest"), 'id, amount, "at"')
    asked |= {f"{name}__quarantine": bad for name in asked}
    asked["newest__tombstones"] = 'id, "at"'
    asked |= {f"{flow}__rejected": "_raw, _reason, _batch" for flow in FLOWS}
    return {table: rows_of(root, f"shop/things/{table}", columns) for table, columns in asked.items()}


def run_to_the_end(root: Path, product: str, spark: SparkSession) -> None:
    report = run_product(load_mesh(root).require(), parse_product(product), spark)
    assert report.state == "succeeded", report.message


def test_a_run_killed_at_every_seam_ends_in_the_tables_of_an_undisturbed_one(
    tmp_path: Path, spark: SparkSession
) -> None:
    quiet = make_mesh(tmp_path / "quiet")
    run_to_the_end(quiet, "shop.things", spark)
    disturbed = make_mesh(tmp_path / "disturbed")
    for (flow, batch), seam in ((at, seam) for at, seams in SEAMS.items() for seam in seams):
        assert kill_at(disturbed, "shop.things", flow, batch, seam) == -signal.SIGKILL
        state = "done" if seam == "BatchClosed" else "open"
        assert last_batch(disturbed) == (flow, batch, state)
        commits = list((disturbed / "lakehouse/_checkpoints/shop/things" / flow).glob(f"*/commits/{batch}"))
        assert not commits
    run_to_the_end(disturbed, "shop.things", spark)
    assert contents(disturbed) == contents(quiet)
    assert len(contents(quiet)["every__quarantine"]) == len(FLOWS) * BATCHES
    assert contents(quiet)["newest__tombstones"]


def test_a_history_killed_behind_its_write_is_that_of_an_undisturbed_run(
    tmp_path: Path, spark: SparkSession
) -> None:
    quiet, disturbed = (make_mesh(tmp_path / name) for name in ("quiet", "disturbed"))
    run_to_the_end(quiet, "shop.states", spark)
    assert kill_at(disturbed, "shop.states", "second", 0, "shop.states.versions") == -signal.SIGKILL
    assert last_batch(disturbed) == ("second", 0, "open")
    run_to_the_end(disturbed, "shop.states", spark)
    columns = 'id, amount, "at", valid_from, valid_to, is_current'
    bad = "id, amount, _failed_rules, _flow, _batch"
    for table, asked in (("versions", columns), ("versions__quarantine", bad)):
        found, wanted = (rows_of(root, f"shop/states/{table}", asked) for root in (disturbed, quiet))
        assert found == wanted
    assert len(wanted) == len(FLOWS) * BATCHES
