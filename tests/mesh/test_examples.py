"""The examples: meshes of their own that have no finding, whose cases pass and whose sample runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.plan.validate import validate
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2] / "examples"
MESHES = sorted(path.name for path in ROOT.iterdir() if (path / "conf").is_dir())


@pytest.mark.parametrize("name", MESHES)
def test_there_is_nothing_to_find(name: str) -> None:
    loaded = load_mesh(ROOT / name)
    assert loaded.findings == ()
    assert validate(loaded.require()) == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", MESHES)
def test_cases_pass_and_the_sample_runs(name: str, spark: SparkSession, tmp_path: Path) -> None:
    from lakemesh.plan.graph import in_order
    from lakemesh.runner.product import run_product
    from lakemesh.runner.trial import run_cases

    root = Path(shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("lakehouse")))
    mesh = load_mesh(root).require()
    for product in in_order(mesh, mesh.names):
        reports = list(run_cases(mesh, product, spark))
        failed = {
            report.case: report.message or report.differences for report in reports if not report.passed
        }
        assert (bool(reports), failed) == (True, {})
        report = run_product(mesh, product, spark)
        assert report.state == "succeeded", report.message
        assert sum(rows for _, rows in report.tables) > 0
