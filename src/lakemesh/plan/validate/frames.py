"""What is known of a view's columns without running it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lakemesh.names import CHANGES, TRAVELLING
from lakemesh.spec.types import STRING, Array, DataType, Map, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.spec.columns import Column

# The contract's `_source` on every record of an incremental input.
SOURCE = Struct(
    (
        ("port", STRING),
        ("path", STRING),
        ("size", Primitive("bigint")),
        ("modified", Primitive("timestamp")),
        ("partition", STRING),
        ("sequence_number", Primitive("bigint")),
        ("enqueued_time", Primitive("timestamp")),
        ("key", STRING),
        ("properties", STRING),
        ("run", STRING),
    )
)
CAST_ERRORS = Map(STRING, STRING)
CHANGE_FIELDS = tuple(zip(CHANGES, (STRING, Primitive("bigint")), strict=True))
VOID = Primitive("void")
Field = tuple[str, DataType | None]
"""A column's name and its type; None where the type cannot be known."""


@dataclass(frozen=True)
class Frame:
    """The columns of a view, in order; `known` says that there are no others."""

    fields: tuple[Field, ...] = ()
    known: bool = True

    @cached_property
    def by_name(self) -> dict[str, list[Field]]:
        """The columns under their lower-case names; more than one where the name is not unique."""
        found: dict[str, list[Field]] = {}
        for field in self.fields:
            found.setdefault(field[0].lower(), []).append(field)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a column of this name, whatever its case."""
        return name.lower() in self.by_name

    def may_have(self, name: str) -> bool:
        """Whether a column of this name cannot be ruled out."""
        return not self.known or self.has(name)

    def type_of(self, name: str) -> DataType | None:
        """The type of a column; None where it is absent or its type is unknown."""
        return self.by_name[name.lower()][0][1] if self.has(name) else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the data's columns, metadata left out."""
        return tuple(name for name, _ in self.fields if name.lower() not in TRAVELLING)

    @property
    def metadata(self) -> tuple[Field, ...]:
        """The metadata columns that travel along."""
        return tuple(field for field in self.fields if field[0].lower() in TRAVELLING)

    @property
    def data(self) -> tuple[Field, ...]:
        """The columns that are no metadata."""
        return tuple(field for field in self.fields if field[0].lower() not in TRAVELLING)

    def put(self, name: str, kind: DataType | None) -> Frame:
        """The frame with a column added, or replaced where it stands."""
        if not self.has(name):
            return Frame((*self.fields, (name, kind)), self.known)
        fields = tuple((name, kind) if name.lower() == said.lower() else (said, t) for said, t in self.fields)
        return Frame(fields, self.known)


UNKNOWN = Frame((), known=False)
"""A view of which nothing is known."""


def frame_of(columns: Iterable[Column], metadata: Iterable[Field] = ()) -> Frame:
    """The frame of a port's columns, with metadata beside them."""
    said: dict[str, Field] = {}
    for column in columns:
        kind = column.data_type
        # `void` is what the loader makes of a column whose type cannot be read.
        said.setdefault(column.name.lower(), (column.name, None if kind == VOID else kind))
    return Frame((*said.values(), *(field for field in metadata if field[0] not in said)))


def put(frame: Frame, name: str, kind: DataType | None) -> Frame:
    """The frame with a column, or a field that a dotted name leads to, added or replaced."""
    head, *rest = name.split(".")
    if frame.has(name) or not rest:
        return frame.put(name, kind)
    return frame.put(head, _put_within(frame.type_of(head), rest, kind)) if frame.has(head) else frame


def _put_within(outer: DataType | None, path: list[str], kind: DataType | None) -> DataType | None:
    if not path:
        return kind
    if isinstance(outer, Array):
        item = _put_within(outer.item, path, kind)
        return Array(item) if item else None
    if not isinstance(outer, Struct):
        return outer
    inner = _put_within(outer.get(path[0]), path[1:], kind)
    if inner is None:
        return None
    kept = [(name, old) for name, old in outer.fields if name.lower() != path[0].lower()]
    place = next(
        (i for i, (name, _) in enumerate(outer.fields) if name.lower() == path[0].lower()), len(kept)
    )
    return Struct((*kept[:place], (path[0], inner), *kept[place:]))


def innermost_at(frame: Frame, name: str) -> DataType | None:
    """The type of a column or of the field that a dotted name leads to, in each item of arrays on the way."""
    if frame.has(name):
        return frame.type_of(name)
    head, *rest = name.split(".")
    kind = frame.type_of(head)
    for part in rest:
        while isinstance(kind, Array):
            kind = kind.item
        kind = kind.get(part) if isinstance(kind, Struct) else None
    return kind


def without_field(frame: Frame, name: str) -> Frame:
    """The frame without the field of a struct that a dotted name leads to."""
    head, *rest = name.split(".")
    return frame.put(head, _without(frame.type_of(head), rest)) if frame.has(head) else frame


def _without(outer: DataType | None, path: list[str]) -> DataType | None:
    if not isinstance(outer, Struct):
        return outer
    fields = []
    for name, kind in outer.fields:
        if name.lower() != path[0].lower():
            fields.append((name, kind))
        elif len(path) > 1:
            below = _without(kind, path[1:])
            fields.append((name, below or kind))
    return Struct(tuple(fields))
