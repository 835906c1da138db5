"""Which columns of a view hold classified data, followed from the input ports through every step.

A column is classified where its classification is confidential or restricted, or where it is tagged pii. What
is computed from a classified column is classified, too; where it cannot be told what a column is computed
from, it counts as classified. Only `pseudonymise` lifts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from lakemesh.names import METADATA, ProductName, parse_product
from lakemesh.plan.graph import code_of, sorted_steps, step_reads
from lakemesh.plan.lineage import (
    NOTHING,
    WHOLE,
    Path,
    Paths,
    below,
    of_expression,
    of_item,
    of_query,
    split,
)
from lakemesh.spec.inputs import ProductInput
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import (
    Aggregate,
    AnyStep,
    Cast,
    Deduplicate,
    Derive,
    Drop,
    Explode,
    Filter,
    Flatten,
    Join,
    Pseudonymise,
    Python,
    Rename,
    Select,
    Sql,
    Union,
    Window,
)

if TYPE_CHECKING:
    from lakemesh.spec.columns import Column, ColumnType
    from lakemesh.spec.inputs import InputPort
    from lakemesh.spec.loader import Mesh, Product

_CONFIDENTIAL = ("confidential", "restricted")
_PERSONAL = "pii"
Columns = Mapping[str, Sequence[str]]
"""The columns of views, where they are known."""


def is_classified(column: Column) -> bool:
    """Whether a column's values are for few eyes."""
    return column.classification in _CONFIDENTIAL or _PERSONAL in (tag.lower() for tag in column.tags)


def classified_views(mesh: Mesh, name: ProductName, columns: Columns | None = None) -> dict[str, Paths]:
    """For each input port and step of a product, the paths of names at which classified values stand.

    Arrays and maps have no part in a path, the empty path stands for every column. With the columns that the
    views have, what a Python step passes on under its name is told from what it makes.
    """
    product = mesh.get(name)
    found = {port: _input(mesh, product, said) for port, said in product.spec.input_ports.items()}
    for step in sorted_steps(product):
        if step not in found:
            found[step] = _step(product, step, found, columns or {})
    return found


def classified_columns(columns: Iterable[Column]) -> Paths:
    """The paths of the classified ones among columns and the fields within them."""
    return frozenset(path for column in columns for path in _column(column))


def _column(column: Column) -> Iterator[tuple[str, ...]]:
    if is_classified(column):
        yield split(column.name)
    else:
        for path in _within(column):
            yield (*split(column.name), *path)


def _within(kind: ColumnType) -> Iterator[tuple[str, ...]]:
    yield from classified_columns(kind.properties)
    for inner in (kind.items, kind.values):
        if inner is not None:
            yield from _within(inner)


def _input(mesh: Mesh, product: Product, port: InputPort) -> Paths:
    if isinstance(port, ProductInput):
        return _port(mesh, parse_product(port.product), port.port)
    found = classified_columns(product.columns(port.schema_) or ())
    return found | {("_rescued_data",)} if found else found


def _port(mesh: Mesh, name: ProductName, port_name: str) -> Paths:
    """What an output port serves: by its contract, or where it has none by what it is written from."""
    port = mesh.get(name).spec.output_ports[port_name]
    said = mesh.get(name).columns(port.schema_)
    if said is not None:
        return classified_columns(said)
    return WHOLE if isinstance(port, View) else classified_views(mesh, name)[port.from_]


def _step(product: Product, name: str, found: Mapping[str, Paths], columns: Columns) -> Paths:
    step = product.spec.transformations[name]
    reads = step_reads(product, name)
    paths: Paths = NOTHING.union(*(found.get(view, WHOLE) for view in reads))
    if not paths:
        return NOTHING
    match step:
        case Sql():
            views = {view.lower(): found.get(view, WHOLE) for view in reads}
            return of_query(code_of(product, name) or "", views)
        case Python():
            return _python(paths, reads, name, columns)
        case _:
            return _kind(step, paths)


def _python(paths: Paths, reads: Sequence[str], name: str, columns: Columns) -> Paths:
    """What keeps its name is what it was; what is new may be made of anything."""
    if name not in columns or any(view not in columns for view in reads):
        return WHOLE
    before = {column.lower() for view in reads for column in columns[view]}
    made = {split(column) for column in columns[name] if column.lower() not in before}
    return paths | made


def _kind(step: AnyStep, paths: Paths) -> Paths:
    match step:
        case Filter() | Deduplicate() | Join() | Union() | Drop():
            return paths
        case Cast():
            return paths | {("_cast_errors",)}
        case Select():
            carried = {path for path in paths if path[:1] and path[0] in METADATA}
            return NOTHING.union(carried, *(of_item(words, paths) for words in step.columns))
        case Rename():
            names = {split(old): split(new) for old, new in step.columns.items()}
            return frozenset(_renamed(path, names) for path in paths)
        case Derive():
            for name, sql in step.columns.items():
                paths = _put(paths, name, of_expression(sql, paths))
            return paths
        case Flatten():
            joined = {
                (step.separator.join(path[:end]), *path[end:])
                for path in paths
                for end in range(1, len(path) + 1)
            }
            return paths | joined
        case Explode():
            inner = below(paths, split(step.column))
            element = split(step.as_ or split(step.column)[-1])
            # The entries of a map become structs of key and value.
            return (
                paths | {(*element, *path) for path in inner} | {(*element, "value", *path) for path in inner}
            )
        case Pseudonymise():
            lifted = [split(name) for name in step.columns]
            return frozenset(path for path in paths if not any(path[: len(one)] == one for one in lifted))
        case Aggregate():
            groups = NOTHING.union(*(of_item(words, paths) for words in step.by))
            return groups | _named(step.columns, paths)
        case Window():
            return paths | _named(step.columns, paths)
        case Sql() | Python():
            return WHOLE
        case _:
            assert_never(step)


def _named(columns: Mapping[str, str], paths: Paths) -> Paths:
    return frozenset(
        (*split(name), *path) for name, sql in columns.items() for path in of_expression(sql, paths)
    )


def _renamed(path: Path, names: Mapping[Path, Path]) -> Path:
    """A path under the new name of its column, which may hold dots."""
    found = (old for old in sorted(names, key=len, reverse=True) if path[: len(old)] == old)
    old = next(found, ())
    return (*names.get(old, ()), *path[len(old) :])


def _put(paths: Paths, name: str, inner: Paths) -> Paths:
    """The paths with a column replaced; one that stands above it stays."""
    at = split(name)
    return frozenset(path for path in paths if path[: len(at)] != at) | {(*at, *path) for path in inner}
