"""Runs that cannot begin since others are under way, known before Spark is started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakemesh.errors import Locked
from lakemesh.plan.places import places_of
from lakemesh.runner.lock import require_free
from lakemesh.runner.report import RunReport

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh


def all_refused(mesh: Mesh, names: Sequence[ProductName]) -> tuple[RunReport, ...]:
    """A report for each of the products where every one of them is being run; else none."""
    reports = tuple(report for name in names if (report := _refused(mesh, name)) is not None)
    return reports if len(reports) == len(names) else ()


def require_no_run(mesh: Mesh, name: ProductName) -> None:
    """Nothing, where no run of the product is under way. Raises Locked."""
    require_free(places_of(mesh.root, mesh.environment).lock(name), str(name))


def _refused(mesh: Mesh, name: ProductName) -> RunReport | None:
    try:
        require_no_run(mesh, name)
    except Locked as error:
        message, facts = str(error), error.facts()
        return RunReport(product=str(name), run_id="", state="failed", message=message, error=facts)
    return None
