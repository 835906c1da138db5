"""Where the columns of a port's schema were said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.spec.columns import Column, SchemaRef, SchemaSpec

if TYPE_CHECKING:
    from lakemesh.spec.document import Path
    from lakemesh.spec.loader import Product


# What Delta takes in a name only where the table has column mapping, which fields within a column have; and
# the backtick, at which its MERGE breaks.
_ODD = frozenset(" ,;{}()\n\t=`")


def odd_signs(name: str) -> list[str]:
    """The signs of a name for which no table's column has it."""
    return sorted(_ODD & set(name))


def said_columns(
    product: Product, block: str, port: str, schema: SchemaSpec | None
) -> Iterator[tuple[Path, Column]]:
    """The columns of a port's schema, each with its place; those of a schema file at the port."""
    at: Path = (block, port, "schema")
    match schema:
        case None:
            return
        case SchemaRef():
            said = product.spec.schemas.get(schema.ref, ())
            for path, column in columns_at(product, ("schemas", schema.ref), said):
                if column.name not in schema.without:
                    yield path, column
            yield from columns_at(product, (*at, "plus"), schema.plus)
        case str():
            for column in product.schema_files.get(schema, ()):
                yield at, column
        case _:
            yield from columns_at(product, at, schema)


def columns_at(product: Product, at: Path, columns: tuple[Column, ...]) -> Iterator[tuple[Path, Column]]:
    """The columns of one list, or of one short map of names to types, each with its place."""
    if not columns:  # as within every column that is no struct: the document need not be asked
        return
    listed = product.document.has((*at, 0))
    for index, column in enumerate(columns):
        yield (*at, index if listed else column.name), column


def columns_below(
    product: Product, at: Path, column: Column, above: tuple[str, ...] = ()
) -> Iterator[tuple[Path, tuple[str, ...], Column]]:
    """A column and all inside it, each with its place and the names that lead to it."""
    names = (*above, column.name)
    yield at, names, column
    for path, inner in columns_at(product, (*at, "properties"), column.properties):
        yield from columns_below(product, path, inner, names)
    if column.items is not None:
        for path, inner in columns_at(product, (*at, "items", "properties"), column.items.properties):
            yield from columns_below(product, path, inner, names)
