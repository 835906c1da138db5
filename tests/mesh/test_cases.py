"""Every case of every shipped product passes, as `lakemesh test` runs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.names import parse_product
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
PRODUCTS = sorted(".".join(path.parts[-3:-1]) for path in ROOT.glob("bundles/*/*/tests.yml"))


@pytest.mark.slow(minutes=1)
@pytest.mark.parametrize("product", PRODUCTS)
def test_a_products_cases_pass(product: str, spark: SparkSession) -> None:
    from lakemesh.runner.trial import run_cases

    reports = list(run_cases(load_mesh(ROOT).require(), parse_product(product), spark))
    assert reports
    failed = {report.case: report.message or report.differences for report in reports if not report.passed}
    assert failed == {}
