"""What Delta clusters a table by: at most four columns, each of a type and at a place that has statistics.

Source: https://docs.delta.io/latest/delta-clustering.html; tried on Delta 4.4.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.validate.arguments import short
from lakemesh.plan.validate.expressions import type_at
from lakemesh.spec.spots import item_path
from lakemesh.spec.types import DataType, Decimal, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.plan.validate.frames import Frame
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.outputs import AnyDelta

_MOST = 4
_INDEXED = 32
_SETTING = "delta.dataSkippingNumIndexedCols"
_NO_STATISTICS = ("boolean", "binary", "variant")


def check_clustering(review: Review, name: str, port: AnyDelta, promised: Frame) -> None:
    """Report columns that Delta would refuse to cluster the table of a port by."""
    at = ("outputPorts", name, "clusterBy")
    if len(port.cluster_by) > _MOST:
        message = f"a table is clustered by {_MOST} columns at most: leave the least selective ones out"
        review.say(item_path(review.document, at, _MOST), message, "clustering")
    leaves = [path for field, kind in promised.fields for path in _leaves(field.lower(), kind)]
    for index, column in enumerate(port.cluster_by):
        path, kind = item_path(review.document, at, index), type_at(promised, column)
        if kind is not None and not _has_statistics(kind):
            message = f"'{column}' is {short(kind)}, which a table cannot be clustered by"
            review.say(path, message, "wrong-type")
        elif promised.known and column.lower() in leaves[_INDEXED:] and _SETTING not in port.properties:
            place = leaves.index(column.lower()) + 1
            message = (
                f"'{column}' is column {place} of the table, fields counted, and Delta"
                f" keeps statistics of the first {_INDEXED}: put it further up in the schema"
            )
            review.say(path, message, "clustering")


def _has_statistics(kind: DataType) -> bool:
    return isinstance(kind, Decimal) or (isinstance(kind, Primitive) and kind.name not in _NO_STATISTICS)


def _leaves(name: str, kind: DataType | None) -> Iterator[str]:
    """The columns that Delta counts: a struct's fields in its place."""
    if not isinstance(kind, Struct):
        yield name
        return
    for below, inner in kind.fields:
        yield from _leaves(f"{name}.{below.lower()}", inner)
