"""Columns that an output's table knew by another name (`renamedFrom`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.validate.schemas import columns_below, said_columns
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.columns import Column, SchemaSpec
    from lakemesh.spec.document import Path


def check_renames(review: Review) -> None:
    """Report old names that still stand in the schema, that two columns claim, or where no table is."""
    spec = review.product.spec
    for name, port in spec.output_ports.items():
        if isinstance(port, View):
            _refuse(review, "outputPorts", name, port.schema_, "a view has no data to keep")
        else:
            _check_claims(review, name, port.schema_)
    for name, read in spec.input_ports.items():
        schema = getattr(read, "schema_", None)
        _refuse(
            review, "inputPorts", name, schema, "it is of an output's columns; an input's go by a rename step"
        )


def _refuse(review: Review, block: str, port: str, schema: SchemaSpec | None, why: str) -> None:
    """Report renames that stand in the port's own list; a schema that ports share may be an output's too."""
    for path, _, column in _columns(review, block, port, schema):
        if column.renamed_from is not None and path[0] == block:
            review.say((*path, "renamedFrom"), f"renamedFrom means nothing here: {why}", "renamed-from")


def _check_claims(review: Review, port: str, schema: SchemaSpec | None) -> None:
    columns = list(_columns(review, "outputPorts", port, schema))
    listed = {tuple(map(str.lower, names)) for _, names, _ in columns}
    claimed: set[tuple[str, ...]] = set()
    for path, names, column in columns:
        if column.renamed_from is None:
            continue
        old = tuple(map(str.lower, (*names[:-1], column.renamed_from)))
        if old in listed:
            message = f"'{column.renamed_from}' stands in the schema too: a renamed column is no longer there"
            review.say((*path, "renamedFrom"), message, "renamed-from")
        elif old in claimed:
            message = f"'{column.renamed_from}' has become another column already"
            review.say((*path, "renamedFrom"), message, "renamed-from")
        claimed.add(old)


def _columns(
    review: Review, block: str, port: str, schema: SchemaSpec | None
) -> Iterator[tuple[Path, tuple[str, ...], Column]]:
    for path, column in said_columns(review.product, block, port, schema):
        yield from columns_below(review.product, path, column)
