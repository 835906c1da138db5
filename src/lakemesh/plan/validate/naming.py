"""Names: usable as catalog, schema, table and column names, and each of them one thing's alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.errors import did_you_mean, known_words
from lakemesh.names import COMPANIONS, TRAVELLING, is_own, why_unusable
from lakemesh.plan.validate.schemas import columns_at, odd_signs
from lakemesh.spec.columns import Column, ColumnType, SchemaRef

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.document import Path


def check_names(review: Review) -> None:
    """Report names that cannot be used, and names that two things share."""
    spec = review.product.spec
    for key, name in (("name", spec.name), ("domain", spec.domain)):
        _check_usable(review, (key,), name, key=False)
    if spec.domain not in review.mesh.spec.domains and not review.is_unset("domains"):
        known = list(review.mesh.spec.domains)
        hint = did_you_mean(spec.domain, known) or " Add it there with its owner."
        message = f"conf/mesh.yml has no domain '{spec.domain}'.{known_words(known)}{hint}"
        review.say(("domain",), message, "unknown-domain")
    for block, names in (
        ("inputPorts", spec.input_ports),
        ("transformations", spec.transformations),
        ("outputPorts", spec.output_ports),
    ):
        for name in names:
            _check_usable(review, (block, name), name)
            _check_companion(review, (block, name), name)
    for name in spec.transformations:
        if name in spec.input_ports:
            message = f"'{name}' is an input port already: a step needs a name of its own"
            review.say(("transformations", name), message, "duplicate-name", key=True)
    for at, columns in _column_lists(review):
        _check_columns(review, at, columns)


def _check_usable(review: Review, path: Path, name: str, *, key: bool = True) -> None:
    why = why_unusable(name)
    if why:
        review.say(path, why, "unusable-name", key=key)


def _check_companion(review: Review, path: Path, name: str) -> None:
    for suffix in COMPANIONS:
        if name.endswith(suffix):
            message = f"'{name}' ends in {suffix}, which is the name of a table that stands beside a port"
            review.say(path, message, "unusable-name", key=True)


def _column_lists(review: Review) -> Iterator[tuple[Path, tuple[Column, ...]]]:
    """Every list of columns that the file itself holds, with its place."""
    spec = review.product.spec
    for name, columns in spec.schemas.items():
        yield ("schemas", name), columns
    for block, ports in (("inputPorts", spec.input_ports), ("outputPorts", spec.output_ports)):
        for name, port in ports.items():
            schema = getattr(port, "schema_", None)
            at = (block, name, "schema")
            if isinstance(schema, tuple):
                yield at, schema
            elif isinstance(schema, SchemaRef):
                _check_reference(review, at, schema)


def _check_reference(review: Review, at: Path, schema: SchemaRef) -> None:
    """Report columns left out that are not there, and columns added that are there already."""
    said = review.product.spec.schemas.get(schema.ref)
    if said is None:
        return
    names = {column.name for column in said}
    for index, name in enumerate(schema.without):
        if name not in names:
            listed = (*at, "without", index)
            message = (
                f"the schema '{schema.ref}' has no column '{name}' to leave out. Known:"
                f" {', '.join(sorted(names))}."
            )
            review.say(listed, message, "unknown-column")
    kept = {name.lower() for name in names - set(schema.without)}
    for path, column in columns_at(review.product, (*at, "plus"), schema.plus):
        if column.name.lower() in kept:
            message = f"the schema '{schema.ref}' has a column '{column.name}' already"
            review.say((*path, "name"), message, "duplicate-column")
        kept.add(column.name.lower())


def _check_columns(review: Review, at: Path, columns: tuple[Column, ...]) -> None:
    seen: dict[str, str] = {}
    for path, column in columns_at(review.product, at, columns):
        lower = column.name.lower()
        if lower in seen:
            same = "" if seen[lower] == column.name else f" ('{seen[lower]}': case makes no difference)"
            _say_of(review, path, f"a second column '{column.name}'{same}", "duplicate-column")
        seen.setdefault(lower, column.name)
        odd = odd_signs(column.name)
        if odd and _is_written(review, at):
            message = f"'{column.name}' is no column name: a table takes no {', '.join(map(repr, odd))} in it"
            _say_of(review, path, message, "unusable-name")
        if is_own(column.name) and at[-1] != "properties" and not _is_asked_for(review, at, column.name):
            message = f"'{column.name}' is a column that lakemesh adds itself: no other can have its name"
            _say_of(review, path, message, "unusable-name")
        elif is_own(column.name) and column.name != lower:
            _say_of(review, path, f"write '{lower}', as lakemesh spells it", "unusable-name")
        _check_nested(review, path, column)


def _is_written(review: Review, at: Path) -> bool:
    """Whether a list of columns is a table's own; fields of an input, or within a column, have any name."""
    outputs = [getattr(port, "schema_", None) for port in review.product.spec.output_ports.values()]
    written = {schema.ref for schema in outputs if isinstance(schema, SchemaRef)}
    return at[-1] != "properties" and (at[0] == "outputPorts" or (at[0] == "schemas" and at[1] in written))


def _is_asked_for(review: Review, at: Path, name: str) -> bool:
    """Whether a schema may name the metadata of a record, because outputs alone have it."""
    inputs = [getattr(port, "schema_", None) for port in review.product.spec.input_ports.values()]
    read = {schema.ref for schema in inputs if isinstance(schema, SchemaRef)}
    return name.lower() in TRAVELLING and at[0] != "inputPorts" and (at[0] != "schemas" or at[1] not in read)


def _say_of(review: Review, path: Path, message: str, code: str) -> None:
    """Say something of a column where its name stands."""
    listed = review.document.has((*path, "name"))
    review.say((*path, "name") if listed else path, message, code, key=not listed)


def _check_nested(review: Review, path: Path, column: ColumnType) -> None:
    if column.properties:
        _check_columns(review, (*path, "properties"), column.properties)
    for key, inner in (("items", column.items), ("values", column.values)):
        if inner is not None:
            _check_nested(review, (*path, key), inner)
