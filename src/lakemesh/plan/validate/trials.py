"""A product's tests.yml: the tables that it names and the columns that its rows have."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, did_you_mean, known_words
from lakemesh.names import ASIDE, CHANGES, COMMIT_VERSION, METADATA, UPSTREAM_VERSION, parse_product
from lakemesh.plan.validate.frames import Frame
from lakemesh.plan.validate.values import misfits
from lakemesh.plan.validate.views import port_frame
from lakemesh.spec.inputs import ProductInput
from lakemesh.spec.outputs import AnyDelta, Merge, Overwrite, View, told_by
from lakemesh.spec.types import Primitive

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.cases import Case
    from lakemesh.spec.document import Document, Path

_ORIGIN = ("_run", "_flow", "_batch", "_at")
# A case says the reason of a rejected record without its underscore, too: `[{reason: not valid JSON}]`.
_REJECTED = ("_raw", "_reason", "_source", "_run", "_flow", "_batch", "_at", "raw", "reason", "source")


def check_cases(review: Review) -> None:
    """Report tables and columns in tests.yml that the product does not have."""
    document = review.product.cases_document
    if document is None:
        return
    names: set[str] = set()
    for index, case in enumerate(review.product.cases):
        if case.name in names:
            _say(review, document, (index, "name"), f"a second case '{case.name}'", "duplicate-name")
        names.add(case.name)
        _check_case(review, document, index, case)
        _check_shapes(review, document, index, case)


def _table_frame(review: Review, name: str) -> Frame:
    """The columns of an output's table: what consumers see, and the version of a feed that it takes."""
    frame, port = port_frame(review, name), review.product.spec.output_ports.get(name)
    is_fed = COMMIT_VERSION in getattr(port, "sequence_by", ())
    return frame.put(UPSTREAM_VERSION, Primitive("bigint")) if is_fed else frame


def _say(review: Review, document: Document, path: Path, message: str, code: str, key: bool = False) -> None:
    review.findings.append(document.find(path, message, code, key))


def _check_case(review: Review, document: Document, index: int, case: Case) -> None:
    spec = review.product.spec
    outputs = {name: _table_frame(review, name) for name in review.names("outputPorts")}
    beside = {f"{name}__quarantine": _with(_untyped(frame), ASIDE) for name, frame in outputs.items()}
    rejected = {
        f"{name}__rejected": Frame(tuple((column, None) for column in _REJECTED))
        for name in review.names("inputPorts")
        if not isinstance(spec.input_ports.get(name), ProductInput)
    }
    tombstones = {
        f"{name}__tombstones": _with(_only(outputs[name], (*told_by(port), *port.sequence_by)), _ORIGIN)
        for name, port in spec.output_ports.items()
        if isinstance(port, Merge | Overwrite) and port.delete_when
    }
    expected = {**outputs, **beside, **rejected, **tombstones}
    if not review.is_cut("inputPorts"):
        _check_names(review, document, (index, "given"), case.given, review.names("inputPorts"), "input port")
    written = {name: frame for name, frame in outputs.items() if not _is_view(review, name)} | tombstones
    _check_names(review, document, (index, "tables"), case.tables, written, "output port")
    _check_keys(review, document, index, case)
    _check_names(
        review, document, (index, "expect"), case.expect, expected, "output port or table beside one"
    )
    tables = (
        ("tables", case.tables, written),
        ("expect", case.expect, expected),
        ("given", case.given, _given(review)),
    )
    for block, said, known in tables:
        for name, rows in said.items():
            for row, values in enumerate(rows):
                if isinstance(values, dict) and name in known:
                    _check_row(review, document, (index, block, name, row), values, known[name])


def _check_keys(review: Review, document: Document, index: int, case: Case) -> None:
    """Report rows of a merge's table that have the key of another: no run leaves two."""
    for name, rows in case.tables.items():
        port = review.product.spec.output_ports.get(name)
        if not isinstance(port, Merge):
            continue
        seen: set[str] = set()
        for number, row in enumerate(rows):
            said = {column.lower(): value for column, value in row.items()}
            key = ", ".join(f"{column}: {said.get(column.lower())}" for column in port.keys)
            if key in seen:
                message = f"a second row of the key {{{key}}}: a merge leaves one row of each"
                _say(review, document, (index, "tables", name, number), message, "duplicate-key")
            seen.add(key)


def _check_shapes(review: Review, document: Document, index: int, case: Case) -> None:
    """Report rows of tables whose columns nobody has written down: a case makes the tables itself."""
    spec = review.product.spec
    for name in case.tables:
        port = spec.output_ports.get(name)
        if port is not None and not isinstance(port, View) and port.schema_ is None:
            _say_shapeless(review, document, (index, "tables", name), f"'{name}'")
    for name, read in spec.input_ports.items():
        upstream = _upstream(review, read) if isinstance(read, ProductInput) else None
        if isinstance(read, ProductInput) and upstream is not None and upstream.schema_ is None:
            at = (index, "given", name) if name in case.given else (index, "name")
            _say_shapeless(review, document, at, f"'{read.port}' of {read.product}")


def _upstream(review: Review, read: ProductInput) -> AnyDelta | View | None:
    try:
        product = review.mesh.products.get(parse_product(read.product))
    except CallError:
        return None
    return None if product is None else product.spec.output_ports.get(read.port)


def _say_shapeless(review: Review, document: Document, path: Path, port: str) -> None:
    message = f"the case cannot give rows of {port}, which has no schema: list its columns there"
    _say(review, document, path, message, "no-schema", key=path[-1] != "name")


def _is_view(review: Review, name: str) -> bool:
    return isinstance(review.product.spec.output_ports.get(name), View)


def _given(review: Review) -> dict[str, Frame]:
    """The inputs whose columns are tables'; a record of JSON may hold fields that nobody declared."""
    ports = review.product.spec.input_ports
    return {name: review.frame(name) for name, port in ports.items() if isinstance(port, ProductInput)}


def _untyped(frame: Frame) -> Frame:
    """The columns of rows that were set aside, which may be there for their values' types."""
    return Frame(tuple((name, None) for name, _ in frame.fields), frame.known)


def _only(frame: Frame, names: Collection[str]) -> Frame:
    return Frame(tuple((name, frame.type_of(name)) for name in names), frame.known)


def _with(frame: Frame, names: Collection[str]) -> Frame:
    return Frame((*frame.fields, *((name, None) for name in names)), frame.known)


def _check_names(
    review: Review, document: Document, at: Path, said: Collection[str], known: Collection[str], what: str
) -> None:
    for name in said:
        if name not in known:
            message = f"there is no {what} '{name}'.{known_words(known)}{did_you_mean(name, known)}"
            _say(review, document, (*at, name), message, "unknown-reference", key=True)


def _check_row(review: Review, document: Document, at: Path, row: dict[str, object], frame: Frame) -> None:
    for column, value in row.items():
        if at[1] == "given" and column.lower() in CHANGES:
            message = f"a case gives rows as they stand, each of them an insert: leave '{column}' out"
            _say(review, document, (*at, column), message, "unknown-column", key=True)
        elif not frame.may_have(column) and column.lower() not in METADATA:
            table = at[2]
            message = (
                f"'{table}' has no column"
                f" '{column}'.{known_words(frame.names)}{did_you_mean(column, frame.names)}"
            )
            _say(review, document, (*at, column), message, "unknown-column", key=True)
        else:
            for path, message in misfits(value, frame.type_of(column), (*at, column)):
                _say(review, document, path, message, "wrong-type")
