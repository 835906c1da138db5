"""Views that have the same rows again in each batch: those of a snapshot, united with those of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakemesh.plan.validate.tracing import NOWHERE, Sources, Trace
from lakemesh.spec.steps import Join, Sql, Union

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review


def repeated_views(
    review: Review, sources: Mapping[str, Sources], traces: Mapping[str, Trace]
) -> dict[str, str]:
    """The views fed incrementally that hold rows of no incremental input, each with the step that unites.

    What snapshots alone lead to is not among them.
    """
    found: dict[str, str] = {}
    for name in review.steps:
        if sources.get(name):
            above = _repeated_above(review, name, sources, found)
            if above or _unites(review, name, sources, traces):
                found[name] = above or name
    return found


def _unites(review: Review, name: str, sources: Mapping[str, Sources], traces: Mapping[str, Trace]) -> bool:
    match review.product.spec.transformations[name]:
        case Union(reads=reads):
            return not all(sources.get(view, NOWHERE) for view in reads)
        case Sql():
            return traces[name].repeats
        case _:
            return False


def _repeated_above(
    review: Review, name: str, sources: Mapping[str, Sources], found: Mapping[str, str]
) -> str | None:
    step = review.product.spec.transformations[name]
    views = review.reads(name)
    if isinstance(step, Join):
        if step.how in ("left", "anti"):
            views = views[:1]
        elif step.how == "right":
            views = views[1:]
        elif step.how != "full" and any(sources.get(view) and view not in found for view in views):
            return None  # rows that meet those of a batch come with it only
    return next((found[view] for view in views if view in found), None)
