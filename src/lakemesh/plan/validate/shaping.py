"""Steps that shape the columns of one view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lakemesh.errors import nearest
from lakemesh.names import METADATA
from lakemesh.plan.validate.arguments import short
from lakemesh.plan.validate.castable import why_not_castable
from lakemesh.plan.validate.expressions import read_item, read_name, read_row, scope_of
from lakemesh.plan.validate.frames import CAST_ERRORS, Field, Frame, innermost_at, put, without_field
from lakemesh.plan.validate.infer import INT
from lakemesh.spec.spots import item_path
from lakemesh.spec.steps import Cast, Derive, Drop, Explode, Flatten, Pseudonymise, Rename, Select
from lakemesh.spec.types import STRING, Array, DataType, Map, Struct, parse_type

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.plan.validate.scopes import Scope
    from lakemesh.spec.document import Path

Shaping = Select | Rename | Cast | Derive | Drop | Flatten | Explode | Pseudonymise


def shape(review: Review, at: Path, step: Shaping, frame: Frame) -> Frame:
    """The frame that the step makes of another."""
    match step:
        case Select():
            return _select(review, at, step, frame)
        case Rename():
            return _rename(review, at, step.columns, frame)
        case Cast():
            return _cast(review, at, step, frame)
        case Derive():
            return _derive(review, at, step, frame)
        case Drop():
            return _drop(review, at, step, frame)
        case Flatten():
            return _flatten(review, at, step, frame)
        case Explode():
            return _explode(review, at, step, frame)
        case Pseudonymise():
            return _pseudonymise(review, at, step, frame)


def _scope(step: Shaping, frame: Frame) -> Scope:
    return scope_of((step.from_, frame))


def _select(review: Review, at: Path, step: Select, frame: Frame) -> Frame:
    fields: list[Field] = []
    known = True
    for index, text in enumerate(step.columns):
        path = item_path(review.document, (*at, "columns"), index)
        given = read_item(review, path, text, _scope(step, frame))
        known = known and given is not None
        for field in given or ():
            if any(field[0].lower() == name.lower() for name, _ in fields):
                review.say(
                    path, f"a second column '{field[0]}': name it otherwise with 'as'", "duplicate-column"
                )
            fields.append(field)
    asked = {name.lower() for name, _ in fields}
    return Frame((*fields, *(field for field in frame.metadata if field[0].lower() not in asked)), known)


def _rename(review: Review, at: Path, names: Mapping[str, str], frame: Frame) -> Frame:
    given = {old.lower(): new for old, new in names.items()}
    for old in names:
        _top_column(review, (*at, "columns", old), old, frame)
    fields = tuple((given.get(name.lower(), name), kind) for name, kind in frame.fields)
    counted = [name.lower() for name, _ in fields]
    for old, new in names.items():
        if counted.count(new.lower()) > 1:
            review.say((*at, "columns", old), f"there is a column '{new}' already", "duplicate-column")
    if len(set(counted)) < len(counted):  # which has its finding
        once = {name.lower(): (name, kind) for name, kind in reversed(fields)}
        return Frame(tuple(reversed(once.values())), known=False)
    missing = (
        () if frame.known else tuple((new, None) for new in names.values() if new.lower() not in counted)
    )
    return Frame((*fields, *missing), frame.known)


def _cast(review: Review, at: Path, step: Cast, frame: Frame) -> Frame:
    for name, text in step.columns.items():
        path = (*at, "columns", name)
        read_name(review, path, name, frame, key=True)
        try:
            wanted = parse_type(text)
        except ValueError as error:
            review.say(path, str(error), "unknown-type")
            frame = put(frame, name, None)
            continue
        found = innermost_at(frame, name)
        why = why_not_castable(found, wanted) if found is not None else ""
        if found is None and not frame.may_have(name):
            # Whatever else was meant is of another type from here on.
            near = nearest(name, frame.names)
            frame = frame.put(near, None) if near else frame
        if found is not None and why:
            message = f"'{name}' is {short(found)} and cannot be cast to {short(wanted)}: {why}"
            review.say(path, message, "uncastable")
        frame = put(frame, name, None if why else wanted)
    return frame if frame.has("_cast_errors") else frame.put("_cast_errors", CAST_ERRORS)


def _derive(review: Review, at: Path, step: Derive, frame: Frame) -> Frame:
    for name, text in step.columns.items():
        if name.lower() == METADATA[0]:
            message = f"'{name}' tells where a record came from: no step says it, call this otherwise"
            review.say((*at, "columns", name), message, "unusable-name", key=True)
        kind = read_row(review, (*at, "columns", name), text, _scope(step, frame))
        frame = put(frame, name, kind)
    return frame


def _drop(review: Review, at: Path, step: Drop, frame: Frame) -> Frame:
    dropped = {name.lower() for name in step.columns}
    for index, name in enumerate(step.columns):
        read_name(review, item_path(review.document, (*at, "columns"), index), name, frame)
    fields = tuple(field for field in frame.fields if field[0].lower() not in dropped)
    kept = Frame(fields, frame.known)
    for index, name in enumerate(step.columns):
        if "." in name and not kept.has(name):
            kept = without_field(kept, name)
            above = name.rpartition(".")[0]
            if innermost_at(kept, above) == Struct(()):
                path = item_path(review.document, (*at, "columns"), index)
                review.say(path, f"this leaves '{above}' without a field: drop '{above}'", "no-column")
    if kept.known and not kept.names and frame.names:
        review.say((*at, "columns"), "this leaves no column", "no-column")
    return kept


def _flatten(review: Review, at: Path, step: Flatten, frame: Frame) -> Frame:
    wanted = {name.lower() for name in step.columns}
    for index, name in enumerate(step.columns):
        path = item_path(review.document, (*at, "columns"), index)
        kind = _top_column(review, path, name, frame, key=False)
        if kind is not None and not isinstance(kind, Struct):
            message = f"'{name}' is of type {short(kind)}, not a struct: there is nothing to flatten"
            review.say(path, message, "not-a-struct")
    fields: list[Field] = []
    known = frame.known
    for name, kind in frame.fields:
        opened = name.lower() in wanted if step.columns else name in frame.names
        known = known and not (opened and kind is None)
        wanted.discard(name.lower())
        fields.extend(_leaves(name, kind, step.separator) if opened else [(name, kind)])
    _only_once(review, at, fields)
    return Frame(tuple(fields), known and not wanted)  # of one that is not there nobody knows the fields


def _leaves(name: str, kind: DataType | None, separator: str) -> Iterator[Field]:
    """The column, or in the place of a struct its fields and those of the structs in it."""
    if not isinstance(kind, Struct):
        yield name, kind
        return
    for below, inner in kind.fields:
        yield from _leaves(f"{name}{separator}{below}", inner, separator)


def _explode(review: Review, at: Path, step: Explode, frame: Frame) -> Frame:
    kind = read_name(review, (*at, "column"), step.column, frame)
    if kind is not None and not isinstance(kind, Array | Map):
        message = f"'{step.column}' is of type {short(kind)}, not an array: there is nothing to explode"
        review.say((*at, "column"), message, "not-an-array")
    for key, name in (("as", step.as_), ("position", step.position)):
        if name is not None and frame.has(name) and name.lower() != step.column.lower():
            review.say((*at, key), f"there is a column '{name}' already", "duplicate-column")
    place: tuple[Field, ...] = ((step.position, INT),) if step.position else ()
    element = _element(kind)
    if step.as_ is not None and step.as_.lower() != step.column.lower():
        for name, added in (*place, (step.as_, element)):
            frame = frame.put(name, added)
        return frame
    if not frame.has(step.column):
        frame = put(frame, step.column, element)
        return Frame((*frame.fields, *place), frame.known)
    fields: list[Field] = []
    for name, old in frame.fields:
        found = name.lower() == step.column.lower()
        fields.extend((*place, (name, element)) if found else ((name, old),))
    return Frame(tuple(fields), frame.known)


def _element(kind: DataType | None) -> DataType | None:
    match kind:
        case Array(item):
            return item
        case Map(key, value):
            return Struct((("key", key), ("value", value)))
        case _:
            return None


def _pseudonymise(review: Review, at: Path, step: Pseudonymise, frame: Frame) -> Frame:
    for index, name in enumerate(step.columns):
        path = item_path(review.document, (*at, "columns"), index)
        kind = read_name(review, path, name, frame)
        frame = put(frame, name, _pseudonym(kind)) if kind is not None else frame
        if isinstance(_innermost(kind), Map | Struct):
            message = f"'{name}' is of type {short(kind) if kind else ''}: pseudonymise its parts"
            review.say(path, message, "wrong-type")
    return frame


def _innermost(kind: DataType | None) -> DataType | None:
    while isinstance(kind, Array):
        kind = kind.item
    return kind


def _pseudonym(kind: DataType) -> DataType:
    return Array(_pseudonym(kind.item)) if isinstance(kind, Array) else STRING


def _top_column(review: Review, path: Path, name: str, frame: Frame, *, key: bool = True) -> DataType | None:
    """The type of a whole column: what lies inside a struct cannot be renamed or flattened by itself."""
    kind = read_name(review, path, name, frame, key=key)
    if kind is not None and not frame.has(name):
        review.say(path, f"'{name}' lies inside a column: flatten that one first", "nested", key=key)
        return None
    return kind


def _only_once(review: Review, at: Path, fields: list[Field]) -> None:
    seen: set[str] = set()
    for name, _ in fields:
        if name.lower() in seen:
            message = f"two columns would be named '{name}': choose a separator or rename one first"
            review.say(at, message, "duplicate-column")
        seen.add(name.lower())
