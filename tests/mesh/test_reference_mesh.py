"""The whole reference mesh, run on generated data: every count and table against the manifest of the truth.

The tables are read as any consumer could read them, with deltalake, and nothing of the runner is asked.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.demo import Manifest, generate
from lakemesh.demo.manifest import FOLDER
from lakemesh.demo.truth.rows import digest, line_of
from lakemesh.names import METADATA, UPSTREAM_VERSION
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
ORDERS = 400
Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    """The rows of a Delta folder; none where there is no table yet."""
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    if not DeltaTable.is_deltatable(str(path)):
        return []
    # to_pyarrow_table of deltalake 1.6.6 leaves threads that now and then abort the process at its end.
    rows = QueryBuilder().register("t", DeltaTable(str(path))).execute("select * from t").read_all()
    return pa.table(rows).to_pylist()


def ops(root: Path, product: str, table: str, run: str) -> list[Row]:
    """The rows that a run of a product left in an ops table."""
    rows = rows_of(root / "lakehouse" / "_ops" / product.partition(".")[0] / table)
    return [row for row in rows if row["product"] == product and row["run_id"] == run]


def last_run(root: Path, product: str) -> str:
    """The id of a product's last run; it must have succeeded."""
    runs = rows_of(root / "lakehouse" / "_ops" / product.partition(".")[0] / "runs")
    last = max((row for row in runs if row["product"] == product), key=lambda row: row["at"])
    assert last["state"] == "succeeded", last
    return str(last["run_id"])


def folder_of(root: Path, product: str) -> Path:
    return root / "lakehouse" / product.replace(".", "/")


def ledger_of(root: Path, product: str, run: str) -> dict[str, Any]:
    """What the ledger says of a run, in the manifest's form."""
    said: dict[str, Any] = {"inputs": {}, "filtered": {}, "outputs": {}}
    for row in ops(root, product, "ledger", run):
        if row["kind"] == "input":
            _sum(said["inputs"].setdefault(row["name"], Counter()), row, ("read", "rejected"))
        if row["kind"] == "filter" and row["filtered"]:
            said["filtered"][row["name"]] = said["filtered"].get(row["name"], 0) + row["filtered"]
        if row["kind"] == "output":
            _sum(
                said["outputs"].setdefault(row["name"], Counter()),
                row,
                ("checked", "quarantined", "dropped"),
            )
    return said


def _sum(counts: Counter[str], row: Row, terms: tuple[str, ...]) -> None:
    for term in terms:
        counts[term] += row[term] or 0


def expected_ledger(said: dict[str, Any]) -> dict[str, Any]:
    """What the manifest says of a product, in the ledger's terms."""
    read = said.get("inputs") or {port: {"read": rows} for port, rows in said.get("snapshots", {}).items()}
    return {
        "inputs": {
            port: Counter(read=counts["read"], rejected=sum(counts.get("rejected", {}).values()))
            for port, counts in read.items()
        },
        "filtered": said.get("filtered", {}),
        "outputs": {
            port: Counter({term: counts.get(term, 0) for term in ("checked", "quarantined", "dropped")})
            for port, counts in said["outputs"].items()
        },
    }


def reasons_of(root: Path, product: str, run: str) -> dict[str, dict[str, int]]:
    """Rejected records of a run by input port and reason."""
    found = {}
    for path in sorted(folder_of(root, product).glob("*__rejected")):
        reasons = Counter(row["_reason"] for row in rows_of(path) if row["_run"] == run)
        if reasons:
            found[path.name.removesuffix("__rejected")] = dict(reasons)
    return found


def failed_rules_of(root: Path, product: str, run: str) -> dict[str, dict[str, int]]:
    """Quarantined rows of a run by output port and rule."""
    found = {}
    for path in sorted(folder_of(root, product).glob("*__quarantine")):
        rules = Counter(rule for row in rows_of(path) if row["_run"] == run for rule in row["_failed_rules"])
        if rules:
            found[path.name.removesuffix("__quarantine")] = dict(rules)
    return found


def unexpected_of(root: Path, product: str, run: str) -> dict[str, dict[str, int]]:
    """Rows that broke a rule, as the checks of a run count them, by output port and rule."""
    found: dict[str, Counter[str]] = {}
    for row in ops(root, product, "checks", run):
        if row["unexpected_count"] and row["rule"] != "no_wrong_types":  # no rule of a port
            found.setdefault(row["output"], Counter())[row["rule"]] += row["unexpected_count"]
    return {port: dict(rules) for port, rules in found.items()}


def lines_of(root: Path, table: str) -> Counter[str]:
    """A table's rows as canonical lines, without what tells of their way here."""
    rows = rows_of(root / "lakehouse" / table.replace(".", "/"))
    return Counter(
        line_of({name: value for name, value in row.items() if name not in (*METADATA, UPSTREAM_VERSION)})
        for row in rows
    )


def differences(root: Path, manifest: Manifest) -> Iterator[str]:
    """Everything in which the mesh is not as the manifest says."""
    for product, said in manifest.products.items():
        run = last_run(root, product)
        taken, outputs = said.get("inputs", {}).items(), said["outputs"].items()
        inputs = {port: counts["rejected"] for port, counts in taken if "rejected" in counts}
        aside = {port: counts["quarantined_by"] for port, counts in outputs if "quarantined_by" in counts}
        failed = {port: counts["failed"] for port, counts in outputs if "failed" in counts}
        for what, found, wanted in (
            ("ledger", ledger_of(root, product, run), expected_ledger(said)),
            ("rejected", reasons_of(root, product, run), inputs),
            ("quarantined", failed_rules_of(root, product, run), aside),
            ("failed", unexpected_of(root, product, run), failed),
        ):
            if found != wanted:
                yield f"{product} {what}:\n  found  {found}\n  wanted {wanted}"
    for table, said in manifest.tables():
        yield from compare_tables(root, table, said)


def compare_tables(root: Path, table: str, said: dict[str, Any]) -> Iterator[str]:
    """The rows that a table has too many or too few of, three of each."""
    found = lines_of(root, table)
    wanted = Counter((root / FOLDER / said["content"]).read_text(encoding="utf-8").split("\n")[:-1])
    assert (wanted.total(), digest(wanted.elements())) == (said["rows"], said["digest"])
    for what, rows in (("too many", found - wanted), ("missing", wanted - found)):
        if rows:
            yield f"{table}: {rows.total()} rows {what}:\n  " + "\n  ".join(sorted(rows)[:3])


def copy_mesh(root: Path) -> Path:
    """The shipped mesh in a folder of its own, with batches small enough that every flow has several."""
    for name in ("conf", "bundles"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("checkout/orders", "cart/carts"):
        spec = root / "bundles" / name / "product.yml"
        text = spec.read_text(encoding="utf-8")
        spec.write_text(text.replace("maxPerBatch: 500000", "maxPerBatch: 9"), encoding="utf-8")
    return root


def run_all(root: Path, spark: SparkSession) -> None:
    from lakemesh.runner.all import run_products

    reports = run_products(load_mesh(root).require(), None, spark)
    assert [(report.product, report.message) for report in reports if report.state != "succeeded"] == []


@pytest.mark.slow(minutes=2)
def test_two_waves_leave_what_the_manifest_says(tmp_path: Path, spark: SparkSession) -> None:
    root = copy_mesh(tmp_path)
    manifest = generate(root, orders=ORDERS)
    run_all(root, spark)
    assert list(differences(root, manifest)) == []
    several = {row["flow"] for row in rows_of(root / "lakehouse/_ops/checkout/batches") if row["batch"] == 1}
    assert {"order_events", "order_exports"} <= several
    news = generate(root, orders=ORDERS, wave=2)
    run_all(root, spark)
    assert list(differences(root, news)) == []
