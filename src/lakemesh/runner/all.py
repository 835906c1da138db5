"""Several products in the order of their dependencies; one that fails stops only what depends on it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from lakemesh.plan.graph import dependencies, in_order
from lakemesh.runner.extent import NEWS, Extent
from lakemesh.runner.product import Listener, run_product
from lakemesh.runner.report import RunReport

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh


def run_products(
    mesh: Mesh,
    names: Collection[ProductName] | None,
    session: SparkSession,
    listen: Listener | None = None,
    extent: Extent = NEWS,
) -> tuple[RunReport, ...]:
    """A report for each product, in the order in which they ran; `names` None means all."""
    reports: dict[ProductName, RunReport] = {}
    for name in in_order(mesh, names):
        stopped = [
            up for up in dependencies(mesh, name) if up in reports and reports[up].state != "succeeded"
        ]
        reports[name] = (
            _skipped(name, stopped[0]) if stopped else run_product(mesh, name, session, listen, extent)
        )
    return tuple(reports.values())


def _skipped(name: ProductName, upstream: ProductName) -> RunReport:
    message = f"not run: it reads {upstream}, which did not succeed."
    return RunReport(product=str(name), run_id="", state="skipped", message=message)
