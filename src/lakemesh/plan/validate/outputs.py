"""Output ports against what is written to them: columns, types, keys, sequences, clustering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.names import ASIDE, FEED, TRAVELLING
from lakemesh.plan.validate.arguments import short
from lakemesh.plan.validate.clustering import check_clustering
from lakemesh.plan.validate.expressions import read_condition, read_name, scope_of
from lakemesh.plan.validate.frames import Frame, frame_of
from lakemesh.plan.validate.rules import check_rules
from lakemesh.plan.validate.schemas import columns_below, odd_signs, said_columns
from lakemesh.plan.validate.scopes import hint
from lakemesh.plan.validate.viewports import check_view
from lakemesh.plan.validate.views import port_frame
from lakemesh.spec.outputs import AnyDelta, Append, History, Merge, View, span_of
from lakemesh.spec.spots import item_path
from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct
from lakemesh.spec.versions import VERSION

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.columns import Column
    from lakemesh.spec.document import Path

# What the writer widens without a loss; anything else is refused before the first row.
_WIDER = {
    "tinyint": ("smallint", "int", "bigint", "float", "double"),
    "smallint": ("int", "bigint", "float", "double"),
    "int": ("bigint", "double"),
    "float": ("double",),
    "date": ("timestamp", "timestamp_ntz"),
}
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_NAMED = (
    ("keys", "keys"),
    ("sequence_by", "sequenceBy"),
    ("cluster_by", "clusterBy"),
    ("by", "by"),
    ("recompute", "recompute"),
)

_ONLY = "delta.appendOnly"


def check_outputs(review: Review) -> None:
    """Report what each output port promises and what is written to it does not give."""
    for name, port in review.product.spec.output_ports.items():
        if isinstance(port, View):
            check_view(review, name, port, lambda table: port_frame(review, table))
        else:
            _check_port(review, name, port)


def _check_port(review: Review, name: str, port: AnyDelta) -> None:
    written = review.frame(port.from_)
    columns = review.product.columns(port.schema_)
    if columns is None and port.schema_ is not None:
        return
    if columns is None:
        _check_written(review, name, port, written)
        promised = Frame(written.data, written.known)
    else:
        promised = frame_of(columns)
        _check_promised(review, name, port, written)
        _check_unlisted(review, name, port, written, promised)
    _check_names(review, name, port, promised)
    _check_promises(review, name, port)
    check_clustering(review, name, port, promised)
    _check_conditions(review, name, port, written, promised)
    _check_versions(review, name, port, promised)
    _check_aside(review, name, port, promised)
    _check_properties(review, name, port)
    check_rules(review, name, port, promised)


def _check_written(review: Review, name: str, port: AnyDelta, written: Frame) -> None:
    """Report columns that no Delta table could take."""
    at = ("outputPorts", name, "from")
    for column in written.names:
        if odd_signs(column):
            message = (
                f"'{port.from_}' gives a column '{column}', which is no name for a table's: give it another,"
                " with AS in SQL or in a step of kind rename"
            )
            review.say(at, message, "column-name")


def _check_promised(review: Review, name: str, port: AnyDelta, written: Frame) -> None:
    seen: set[str] = set()
    for path, column in said_columns(review.product, "outputPorts", name, port.schema_):
        if column.name.lower() in seen:  # naming has a finding for it
            continue
        seen.add(column.name.lower())
        place = path if path[0] == "outputPorts" else _reference(name)
        if not written.may_have(column.name):
            near = hint(column.name, written.names)
            message = (
                f"'{port.from_}' gives no column '{column.name}', which the schema of '{name}' lists.{near}"
            )
            _say_of(review, place, message, "missing-column")
            continue
        found = written.type_of(column.name)
        misfit = first_misfit(found, column.data_type, (column.name,)) if found is not None else None
        if misfit is not None:
            parts, one, other = misfit
            message = (
                f"'{'.'.join(parts)}' is {one} in '{port.from_}' and {other} in the schema of '{name}':"
                " put a cast step before the output, or mend the schema"
            )
            inner = _place_of(review, path, column, parts) if place is path else place
            _say_of(review, inner, message, "wrong-type")


def _check_unlisted(review: Review, name: str, port: AnyDelta, written: Frame, promised: Frame) -> None:
    unlisted = [one for one in written.names if not promised.has(one)]
    if unlisted:
        message = (
            f"'{port.from_}' gives {', '.join(unlisted)}, which the schema of '{name}' does not list:"
            " drop it in a step, or add it to the schema"
        )
        review.say(("outputPorts", name, "from"), message, "unlisted-column")


def _check_names(review: Review, name: str, port: AnyDelta, promised: Frame) -> None:
    for field, key in _NAMED:
        seen: set[str] = set()
        for index, column in enumerate(getattr(port, field, ())):
            path = item_path(review.document, ("outputPorts", name, key), index)
            if column.lower() in seen:
                review.say(path, f"'{column}' stands in {key} twice", "duplicate-column")
            elif not column.startswith("_commit_"):
                kind = read_name(review, path, column, promised)
                if key != "clusterBy" and "." in column and kind is not None and not promised.has(column):
                    message = f"'{column}' is a field within a column: make a column of it in a step before"
                    review.say(path, message, "no-column")
                else:
                    _check_orderable(review, path, key, column, kind)
            seen.add(column.lower())


def _check_promises(review: Review, name: str, port: AnyDelta) -> None:
    """Report service levels of time that say none."""
    for index, promise in enumerate(port.sla_properties):
        if promise.property.lower() in ("latency", "retention") and span_of(promise) is None:
            at = ("outputPorts", name, "slaProperties", index)
            key = "unit" if span_of(promise.model_copy(update={"value": 1})) is None else "value"
            said = f"{promise.value} {promise.unit or ''}".strip()
            message = f"'{said}' is no time: write a number and a unit, s, m, h, d, w, mo or y"
            review.say((*at, key), message, "no-time")


def _check_conditions(review: Review, name: str, port: AnyDelta, written: Frame, promised: Frame) -> None:
    """Report what a port's conditions read that is not there: deletes of the view, a slice of the table."""
    read = (("deleteWhen", "delete_when", written), ("where", "where", promised))
    for key, field, frame in read:
        condition = getattr(port, field, None)
        if condition is not None:
            read_condition(review, ("outputPorts", name, key), condition, scope_of((port.from_, frame)))


def _check_versions(review: Review, name: str, port: AnyDelta, promised: Frame) -> None:
    """Report columns that a history adds itself."""
    for column in VERSION if isinstance(port, History) else ():
        if promised.has(column):
            message = f"'{column}' is added by a history: give the column of '{port.from_}' another name"
            review.say(("outputPorts", name, "write"), message, "duplicate-column")


def _check_aside(review: Review, name: str, port: AnyDelta, promised: Frame) -> None:
    """Report columns whose names the table of quarantined rows needs; `_source` is the same in both."""
    for column in ASIDE:
        if column not in TRAVELLING and promised.has(column):
            message = (
                f"'{column}' is a column of the quarantine table beside '{name}': give the column of"
                f" '{port.from_}' another name"
            )
            review.say(("outputPorts", name, "from"), message, "duplicate-column")


def _check_properties(review: Review, name: str, port: AnyDelta) -> None:
    """Report properties against the way of writing: rule 11 of what a run means has a feed on some tables."""
    said = {key.lower(): (key, str(value).lower()) for key, value in port.properties.items()}
    feed, is_on = said.get(FEED.lower(), (FEED, "true"))
    only, is_only = said.get(_ONLY.lower(), (_ONLY, "false"))
    if isinstance(port, Merge | History) and is_on != "true":
        message = (
            f"a {port.write} output has its change feed on, so that others can follow it: leave {FEED} out"
        )
        review.say(("outputPorts", name, "properties", feed), message, "change-feed")
    if not isinstance(port, Append) and is_only == "true":
        message = f"write: {port.write} changes rows, which {_ONLY} forbids: leave it out, or write: append"
        review.say(("outputPorts", name, "properties", only), message, "append-only")


def _check_orderable(review: Review, path: Path, key: str, column: str, kind: DataType | None) -> None:
    unfit = (Struct, Array, Map) if key != "keys" else (Map,)
    if key != "clusterBy" and kind is not None and (isinstance(kind, unfit) or kind == Primitive("variant")):
        review.say(path, f"'{column}' is {short(kind)}, which cannot be compared", "wrong-type")


def _place_of(review: Review, path: Path, column: Column, parts: tuple[str, ...]) -> Path:
    """Where the schema says a part of a column; the column itself where the part has no place of its own."""
    below = {names: place for place, names, _ in columns_below(review.product, path, column)}
    return next((below[parts[:n]] for n in range(len(parts), 0, -1) if parts[:n] in below), path)


def _reference(name: str) -> Path:
    return ("outputPorts", name, "schema", "ref")


def _say_of(review: Review, place: Path, message: str, code: str) -> None:
    listed = review.document.has((*place, "name"))
    review.say((*place, "name") if listed else place, message, code, key=not listed and place[-1] != "ref")


Misfit = tuple[tuple[str, ...], str, str]
"""The names that lead to a part of a column, what the part is, and what it should be."""


def first_misfit(found: DataType, wanted: DataType, at: tuple[str, ...] = ()) -> Misfit | None:
    """The first part of a type that does not fit its place in another; None where all do."""
    if fits(found, wanted):
        return None
    match found, wanted:
        case Array(item), Array(other):
            below = first_misfit(item, other, at)
            return ((*at, "element"), *below[1:]) if below is not None and below[0] == at else below
        case Map(key, value), Map(other_key, other) if key == other_key:
            return first_misfit(value, other, at)
        case Struct(), Struct():
            return _misfit_of_fields(found, wanted, at)
        case _:
            return at, short(found), short(wanted)


def _misfit_of_fields(found: Struct, wanted: Struct, at: tuple[str, ...]) -> Misfit:
    lacking = [name for name in wanted.names if found.get(name) is None]
    unlisted = [name for name in found.names if wanted.get(name) is None]
    if lacking or unlisted:
        names, sides = ", ".join(lacking or unlisted), ("without", "with") if lacking else ("with", "without")
        return at, f"a struct {sides[0]} {names}", f"a struct {sides[1]} {names}"
    misfits = (first_misfit(kind, wanted.get(name) or kind, (*at, name)) for name, kind in found.fields)
    return next(one for one in misfits if one is not None)


def fits(found: DataType, wanted: DataType) -> bool:
    """Whether every value of a type is held by another, as the writer judges it."""
    match found, wanted:
        case _ if found == wanted or found == Primitive("void"):
            return True
        case _, Primitive("void"):
            return True
        case Primitive(name), Primitive(wider):
            return wider in _WIDER.get(name, ())
        case Primitive(name), Decimal(precision, scale) if name in _DIGITS:
            return precision - scale >= _DIGITS[name]
        case Decimal(few, behind), Decimal(precision, scale):
            return scale >= behind and precision - scale >= few - behind
        case Struct(), Struct():
            return _struct_fits(found, wanted)
        case Array(item), Array(wider):
            return fits(item, wider)
        case Map(key, value), Map(other, wider):
            return key == other and fits(value, wider)
        case _:
            return False


def _struct_fits(found: Struct, wanted: Struct) -> bool:
    if {name.lower() for name in found.names} != {name.lower() for name in wanted.names}:
        return False
    return all(fits(found.get(name) or kind, kind) for name, kind in wanted.fields)
