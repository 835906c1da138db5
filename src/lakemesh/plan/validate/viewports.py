"""Output ports of kind view: a query over the product's own Delta ports, and what its schema promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lakemesh.errors import did_you_mean, known_words
from lakemesh.plan.queries import dotted_name, parse_query, read_tables, start_of
from lakemesh.plan.validate.frames import UNKNOWN, Frame, frame_of
from lakemesh.plan.validate.reader import Reader
from lakemesh.plan.validate.schemas import said_columns
from lakemesh.plan.validate.scopes import Problem, Scope
from lakemesh.spec.outputs import View

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

PortFrames = Callable[[str], Frame]
"""A function from the name of an output port to what its consumers see."""


def view_frame(review: Review, port: View, frames: PortFrames) -> Frame:
    """What a view gives: its contract's columns, or those of its query."""
    columns = review.product.columns(port.schema_)
    return _read(review, port, frames)[0] if columns is None else frame_of(columns)


def check_view(review: Review, name: str, port: View, frames: PortFrames) -> None:
    """Report what a view's query reads in vain, and what its schema lists that it does not give."""
    snippet = review.scalar(("outputPorts", name, "sql"), port.sql)
    parsed = parse_query(port.sql)
    if parsed.tree is None:
        review.complain(snippet, Problem(parsed.offset, f"no valid SQL: {parsed.problem}", "sql"))
        return
    ports = _delta_ports(review)
    unknown = [table for table in read_tables(parsed.tree) if dotted_name(table).lower() not in ports]
    for table in unknown:
        said = dotted_name(table)
        message = (
            f"view '{name}' reads '{said}', which is no Delta port of this product."
            f"{known_words(ports)}{did_you_mean(said, ports)}"
        )
        review.complain(snippet, Problem(start_of(table) or 0, message, "unknown-view"))
    found, problems = _read(review, port, frames)
    for problem in problems:
        review.complain(snippet, problem)
    if not unknown:
        _check_promised(review, name, port, found)


def _delta_ports(review: Review) -> tuple[str, ...]:
    ports = review.product.spec.output_ports
    return tuple(name for name, port in ports.items() if not isinstance(port, View))


def _read(review: Review, port: View, frames: PortFrames) -> tuple[Frame, tuple[Problem, ...]]:
    """The columns of a view's query, and what is wrong with it."""
    tree = parse_query(port.sql).tree
    if tree is None:
        return UNKNOWN, ()
    ports = _delta_ports(review)
    reader = Reader(lambda table: frames(table.lower()) if table.lower() in ports else UNKNOWN)
    try:
        frame = reader.query(tree, Scope())
    except RecursionError:  # nested too deep to be read here; Spark will say whether it is right
        return UNKNOWN, ()
    return frame, tuple(sorted(set(reader.problems), key=lambda problem: problem.offset))


def _check_promised(review: Review, name: str, port: View, found: Frame) -> None:
    """A view has no writer that would fit its columns: it gives what its schema says, or it is wrong."""
    for path, column in said_columns(review.product, "outputPorts", name, port.schema_):
        if not found.may_have(column.name):
            message = (
                f"the query of view '{name}' gives no column '{column.name}'."
                f"{known_words(found.names)}{did_you_mean(column.name, found.names)}"
            )
            review.say(path, message, "missing-column")
            continue
        kind = found.type_of(column.name)
        if kind is not None and kind != column.data_type:
            there, here = (one.ddl.replace("`", "") for one in (kind, column.data_type))
            message = (
                f"'{column.name}' is {there} in the query and {here} in the schema: cast it in the query"
            )
            review.say(path, message, "wrong-type")
    if port.schema_ is None or not found.known:
        return
    listed = {column.name.lower() for column in review.product.columns(port.schema_) or ()}
    unlisted = [column for column in found.names if column.lower() not in listed]
    if unlisted:
        message = f"the query of view '{name}' gives {', '.join(unlisted)}, which its schema does not list"
        review.say(("outputPorts", name, "sql"), message, "unlisted-column")
