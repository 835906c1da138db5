"""Single SQL expressions of a spec: conditions, derived columns, selected columns, orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lakemesh.plan.queries import parse_expression
from lakemesh.plan.validate.arguments import short
from lakemesh.plan.validate.functions import find_unknown
from lakemesh.plan.validate.grouping import is_aggregate, windows_of
from lakemesh.plan.validate.reader import Reader
from lakemesh.plan.validate.scopes import Problem, Resolved, Scope, Source, resolve
from lakemesh.spec.types import Primitive

if TYPE_CHECKING:
    from lakemesh.plan.validate.frames import Field, Frame
    from lakemesh.plan.validate.review import Review, Snippet
    from lakemesh.spec.document import Path
    from lakemesh.spec.types import DataType

_DIRECTION = re.compile(r"(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$", re.IGNORECASE)
_MAKES_ROWS = re.compile(r"explode|posexplode|inline|stack|json_tuple", re.IGNORECASE)
_CONDITION = Primitive("boolean")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def scope_of(*sources: tuple[str, Frame]) -> Scope:
    """The scope of expressions over frames, each under the name by which they call it."""
    return Scope([Source(name, frame) for name, frame in sources])


def read_row(review: Review, path: Path, text: str, scope: Scope) -> DataType | None:
    """The type of an expression on each row; what is wrong with it becomes findings."""
    fields = read_listed(review, path, text, scope)
    return fields[0][1] if fields else None


def read_condition(review: Review, path: Path, text: str, scope: Scope) -> None:
    """Look over a condition, which judges each row by itself, as the WHERE of SQL does."""
    kind = read_row(review, path, text, scope)
    if has_window(text):
        message = "a window function: a condition looks at one row; rank rows in a step of kind window"
        review.say(path, message, "not-here")
    elif kind not in (None, _CONDITION, Primitive("void")):
        review.say(path, f"this is a condition, and it gives {short(kind)}: compare it", "wrong-type")


def read_item(review: Review, path: Path, text: str, scope: Scope) -> tuple[Field, ...] | None:
    """The columns that one item of a list gives; the column of exactly that name comes first."""
    whole = next((source.frame for source in scope.sources if source.frame.has(text)), None)
    return read_listed(review, path, text, scope) if whole is None else ((text, whole.type_of(text)),)


def read_listed(
    review: Review, path: Path, text: str, scope: Scope, *, grouped: bool = False, over: bool = False
) -> tuple[Field, ...] | None:
    """The columns that one item of a list gives, such as `amount * 2 as double` or `customer.*`.

    It may fold rows where it is `grouped`, and rank them where it stands `over` a window.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in ("true", "false", "null"):
        return _read_plain(review, path, text, scope)
    snippet = review.scalar(path, text)
    parsed = parse_expression(text)
    if parsed.tree is None:
        review.complain(snippet, Problem(parsed.offset, f"no valid SQL: {parsed.problem}", "sql"))
        return None
    refused = _refused(parsed.tree, grouped) if "(" in text else ""
    if refused:
        review.complain(snippet, Problem(0, refused, "not-here"))
        return None
    reader = Reader(lambda _: None)
    # The tree was read behind `SELECT `, which its offsets count.
    try:
        frame = reader.columns([parsed.tree], scope)
    except RecursionError:  # Spark will say whether it is right
        return None
    if over:
        reader.problems = [problem for problem in reader.problems if problem.code != "no-window"]
    for problem in find_unknown(text, parsed.tree, len("SELECT ")):
        review.complain(snippet, problem)
    _complain(review, snippet, reader, len("SELECT "))
    return frame.fields if frame.known else None


def read_order(review: Review, path: Path, text: str, scope: Scope) -> None:
    """Look up the columns of an order such as `updated_at desc nulls last`."""
    read_row(review, path, _DIRECTION.sub("", text), scope)
    if has_window(text):
        review.say(path, "a window function: rows are put in order by what each of them holds", "not-here")


def read_name(review: Review, path: Path, name: str, frame: Frame, *, key: bool = False) -> DataType | None:
    """The type of a column named by a key of the spec; a dot leads to a field."""
    found = _resolved(frame, name)
    if found.problem is None:
        return found.kind
    if key:
        review.say(path, found.problem.message, found.problem.code, key=True)
    else:
        review.complain(review.scalar(path, name), found.problem)
    return None


def type_at(frame: Frame, name: str) -> DataType | None:
    """The type of a column, or of the field that a dotted name leads to; None where it cannot be known."""
    return _resolved(frame, name).kind


def _resolved(frame: Frame, name: str) -> Resolved:
    if frame.has(name):
        return Resolved(frame.type_of(name))
    parts, at = [], 0
    for part in name.split("."):
        parts.append((part, at))
        at += len(part) + 1
    return resolve(parts, scope_of(("", frame)))


def _read_plain(review: Review, path: Path, text: str, scope: Scope) -> tuple[Field, ...] | None:
    """A bare name needs no parser; None where there is no such column, and so none of that name."""
    parts, at = [], 0
    for part in text.split("."):
        parts.append((part, at))
        at += len(part) + 1
    found = resolve(parts, scope)
    if found.problem is not None:
        review.complain(review.scalar(path, text), found.problem)
        return None
    return ((parts[-1][0], found.kind),)


def _complain(review: Review, snippet: Snippet, reader: Reader, shift: int) -> None:
    for problem in reader.problems:
        moved = Problem(max(problem.offset - shift, 0), problem.message, problem.code)
        review.complain(snippet, moved)


def has_window(text: str) -> bool:
    """Whether an expression looks at other rows by a window function."""
    return next(windows_of(text), None) is not None


def _refused(tree: Any, grouped: bool) -> str:
    """What an expression may not be in a step that is no sql step; nothing where it may."""
    from sqlglot import exp

    if tree.find(exp.Query) is not None:
        return "a subquery: write a sql step, or join the views"
    makers = [node for node in tree.find_all(exp.Func) if _MAKES_ROWS.match(node.sql_name() or "")]
    if makers:
        return "this makes rows out of one row: use a step of kind explode"
    if not grouped and is_aggregate(tree):
        return "an aggregate of many rows: use a step of kind aggregate"
    return ""
