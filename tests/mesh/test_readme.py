"""The README's small product does what the README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.names import parse_product
from lakemesh.plan.validate import validate
from lakemesh.spec.loader import Mesh, load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CONF = {
    "mesh.yml": "tenant: example\ndomains: {sales: {owner: Sales data}}\n",
    "environments/local.yml": "platform: local\nlakehouse: lakehouse\nlanding: {sales: landing}\n",
}


def block(language: str) -> str:
    """The one block of a language in the README."""
    (found,) = re.findall(rf"```{language}[^\n]*\n(.*?)```", README, re.DOTALL)
    return str(found)


def plain(said: str) -> str:
    """A summary without what is of one run only: its id, its seconds."""
    return re.sub(r"\d{8}T\d{6}-[0-9a-f]{6}", "RUN", re.sub(r"\d+\.\d s", "SECONDS", said))


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    files = {f"conf/{name}": text for name, text in CONF.items()}
    files["bundles/sales/payments/product.yml"] = block("yaml")
    files["landing/payments/payments.json"] = block("json")
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_mesh(tmp_path).require()


def test_there_is_nothing_wrong_with_it(mesh: Mesh) -> None:
    assert validate(mesh) == ()


@pytest.mark.slow
def test_it_makes_three_tables(mesh: Mesh, spark: SparkSession) -> None:
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    from lakemesh.cli.render.reports import report_lines
    from lakemesh.runner.product import run_product

    report = run_product(mesh, parse_product("sales.payments"), spark)
    assert (report.state, report.message) == ("succeeded", "")
    said = "\n".join(report_lines(report, mesh, "lakemesh")) + "\n"
    assert plain(said) == plain(block("text"))
    folder = mesh.root / "lakehouse/sales/payments"
    query = QueryBuilder()
    for name in ("payments", "payments__quarantine", "payment_files__rejected"):
        query.register(name, DeltaTable(str(folder / name)))
    (paid,), (aside,), (rejected,) = (
        pa.table(query.execute(f"select * from {name}").read_all()).to_pylist()
        for name in ("payments", "payments__quarantine", "payment_files__rejected")
    )
    assert (paid["payment_id"], str(paid["amount"]), paid["currency"], paid["paid_at"].hour) == (
        "p1",
        "12.50",
        "EUR",
        10,
    )
    assert (aside["payment_id"], aside["_failed_rules"]) == ("p2", ["amount_not_negative"])
    assert (rejected["_raw"], rejected["_reason"]) == ('{"payment_id": "p3", "amo', "not valid JSON")
    entries = {(entry.kind, entry.name): entry for entry in report.entries}
    taken, left = entries["input", "payment_files"], entries["output", "payments"]
    assert (taken.read, taken.rejected, taken.accepted) == (4, 1, 3)
    assert (left.checked, left.quarantined, left.superseded, left.offered) == (3, 1, 1, 1)


def test_every_command_that_it_names_exists() -> None:
    from click.testing import CliRunner

    from lakemesh.cli import cli

    for command in set(re.findall(r"`(?:lakemesh )(\w[\w-]*)", README)):
        assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0, command
