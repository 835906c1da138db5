"""The frame of every view of a product, step by step; what a step reads in vain becomes findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from lakemesh.errors import CallError
from lakemesh.names import parse_product
from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate import combining, shaping
from lakemesh.plan.validate.expressions import read_condition, scope_of
from lakemesh.plan.validate.frames import CHANGE_FIELDS, SOURCE, UNKNOWN, Frame, frame_of
from lakemesh.plan.validate.functions import find_unknown
from lakemesh.plan.validate.reader import Reader
from lakemesh.plan.validate.scopes import Problem, Scope
from lakemesh.plan.validate.viewports import view_frame
from lakemesh.spec.inputs import InputPort, ProductInput
from lakemesh.spec.outputs import History, View
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
from lakemesh.spec.types import STRING, Primitive
from lakemesh.spec.versions import CURRENT, FROM, TO, instant_of

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.loader import Product


def study_views(review: Review) -> None:
    """Fill in the frames of all input ports and steps, and report what the steps read that is not there."""
    for name, port in review.product.spec.input_ports.items():
        review.frames[name] = _input(review, name, port)
    for name in review.steps:
        if name in review.product.spec.input_ports:  # naming has a finding for it
            continue
        frame = _step(review, name, review.product.spec.transformations[name])
        known = frame.known and not review.is_doubtful("transformations", name)
        review.frames[name] = Frame(frame.fields, known)


def port_frame(review: Review, name: str) -> Frame:
    """What consumers see of an output port: its contract's columns, or those of what it is written from."""
    port = review.product.spec.output_ports.get(name)
    if port is None:
        return UNKNOWN
    if isinstance(port, View):
        return view_frame(review, port, lambda table: port_frame(review, table))
    if port.schema_ is not None:
        return promised_frame(review.product, name)
    written = review.frame(port.from_)
    frame = Frame(written.data, written.known)
    return _with_versions(frame, port) if isinstance(port, History) else frame


def _with_versions(frame: Frame, port: History) -> Frame:
    """The columns that a history adds behind the others."""
    sequence = frame.type_of(port.sequence_by[0]) if port.sequence_by else None
    instant = instant_of(port, sequence)
    return frame.put(FROM, instant).put(TO, instant).put(CURRENT, Primitive("boolean"))


def promised_frame(product: Product, name: str) -> Frame:
    """The columns that the schema of an output port promises; unknown where there is none."""
    port = product.spec.output_ports.get(name)
    columns = None if port is None else product.columns(port.schema_)
    if columns is None:
        return UNKNOWN
    frame = frame_of(columns)
    return _with_versions(frame, port) if isinstance(port, History) else frame


def _input(review: Review, name: str, port: InputPort) -> Frame:
    if not isinstance(port, ProductInput):
        columns = review.product.columns(port.schema_)
        metadata = (("_source", SOURCE), ("_rescued_data", STRING))
        return UNKNOWN if columns is None else frame_of(columns, metadata)
    try:
        frame = review.port_frames(parse_product(port.product), port.port)
    except CallError:
        return UNKNOWN
    if port.where is not None:
        read_condition(review, ("inputPorts", name, "where"), port.where, scope_of((name, frame)))
    if port.read == "changes":
        frame = Frame((*frame.fields, *CHANGE_FIELDS), frame.known)
    return frame.put("_source", SOURCE) if port.incremental else frame


def _step(review: Review, name: str, step: AnyStep) -> Frame:
    at = ("transformations", name)
    match step:
        case Sql():
            return _sql(review, name)
        case Python():
            return UNKNOWN
        case Select() | Rename() | Cast() | Derive() | Drop() | Flatten() | Explode() | Pseudonymise():
            return shaping.shape(review, at, step, review.frame(step.from_))
        case Filter():
            frame = review.frame(step.from_)
            read_condition(review, (*at, "where"), step.where, scope_of((step.from_, frame)))
            return frame
        case Deduplicate() | Join() | Union() | Aggregate() | Window():
            return combining.combine(review, at, step)
        case _:
            assert_never(step)


def _sql(review: Review, name_of_step: str) -> Frame:
    snippet = review.code(name_of_step)
    parsed = parse_query(snippet.text)
    if parsed.tree is None:
        missing = snippet.file is not None and not snippet.text and not _has_text(review, name_of_step)
        if not missing:  # the loader has a finding for the missing file
            review.complain(snippet, Problem(parsed.offset, f"no valid SQL: {parsed.problem}", "sql"))
        return UNKNOWN
    views = {view.lower(): review.frame(view) for view in review.reads(name_of_step)}
    reader = Reader(lambda view: views.get(view.lower()))
    try:
        frame = reader.query(parsed.tree, Scope())
    except RecursionError:  # nested too deep to be read here; Spark will say whether it is right
        return UNKNOWN
    problems = {*reader.problems, *find_unknown(snippet.text, parsed.tree)}
    for problem in sorted(problems, key=lambda problem: problem.offset):
        review.complain(snippet, problem)
    for name in sorted({fields[0][0] for fields in frame.by_name.values() if len(fields) > 1}):
        message = f"the query gives the column '{name}' twice: name it otherwise with AS, or leave one out"
        review.say(("transformations", name_of_step, "sql"), message, "duplicate-column")
    return frame


def _has_text(review: Review, name: str) -> bool:
    step = review.product.spec.transformations[name]
    return isinstance(step, Sql) and step.path in review.product.texts
