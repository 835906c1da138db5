"""What is worth knowing and is not wrong: columns that cannot be known, and what nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.plan.queries import parse_query
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import Python, Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

NOTE = "note"


def note_unknowns(review: Review) -> None:
    """Note each Python step whose columns something would have been checked against."""
    readers: dict[str, list[str]] = {}
    for name in review.product.spec.transformations:
        for view in review.reads(name):
            readers.setdefault(view, []).append(f"step '{name}'")
    for name, port in review.product.spec.output_ports.items():
        if not isinstance(port, View):
            readers.setdefault(port.from_, []).append(f"output port '{name}'")
    for name, step in review.product.spec.transformations.items():
        if isinstance(step, Python) and name in readers:
            who = " and ".join(readers[name])
            message = (
                f"the columns of '{name}' show only when its Python runs: what {who} reads of them"
                " is not checked"
            )
            review.say(("transformations", name, "python"), message, "unknowable", severity=NOTE)
    _note_unread(review, readers)


def _note_unread(review: Review, readers: dict[str, list[str]]) -> None:
    if review.product.blanks or _is_unread_query(review) or _has_unknown_view(review):
        return  # who reads a name that is not there may have meant this one
    spec = review.product.spec
    for block, names in (("inputPorts", spec.input_ports), ("transformations", spec.transformations)):
        for name in names:
            if name not in readers:
                message = f"nothing reads '{name}': a run leaves it out"
                review.say((block, name), message, "unread", key=True, severity=NOTE)


def _has_unknown_view(review: Review) -> bool:
    return any(finding.code == "unknown-view" for finding in review.findings)


def _is_unread_query(review: Review) -> bool:
    """Whether a query is none, so that nobody knows what it reads."""
    steps = review.product.spec.transformations.items()
    return any(
        isinstance(step, Sql) and parse_query(review.code(name).text).tree is None for name, step in steps
    )
