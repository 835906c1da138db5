"""Steps that combine rows: of one view into fewer, or of several views into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from lakemesh.plan.queries import parse_expression
from lakemesh.plan.validate.expressions import (
    read_condition,
    read_item,
    read_listed,
    read_name,
    read_order,
    scope_of,
)
from lakemesh.plan.validate.frames import Field, Frame
from lakemesh.plan.validate.grouping import is_aggregate
from lakemesh.plan.validate.infer import common
from lakemesh.plan.validate.operands import a, first_apart
from lakemesh.plan.validate.scopes import hint
from lakemesh.spec.spots import item_path
from lakemesh.spec.steps import Aggregate, Deduplicate, Join, Union, Window

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.document import Path

Combining = Deduplicate | Join | Union | Aggregate | Window


def combine(review: Review, at: Path, step: Combining) -> Frame:
    """The frame that the step makes of its views."""
    match step:
        case Deduplicate():
            return _deduplicate(review, at, step)
        case Join():
            return _join(review, at, step)
        case Union():
            return _union(review, at, step)
        case Aggregate():
            return _aggregate(review, at, step)
        case Window():
            return _window(review, at, step)
        case _:
            assert_never(step)


def _deduplicate(review: Review, at: Path, step: Deduplicate) -> Frame:
    frame = review.frame(step.from_)
    for index, name in enumerate(step.keys):
        read_name(review, item_path(review.document, (*at, "keys"), index), name, frame)
    for index, text in enumerate(step.order_by):
        path = item_path(review.document, (*at, "orderBy"), index)
        read_order(review, path, text, scope_of((step.from_, frame)))
    return frame


def _join(review: Review, at: Path, step: Join) -> Frame:
    left, right = (review.frame(view) for view in step.from_)
    for index, name in enumerate(step.on):
        path = item_path(review.document, (*at, "on"), index)
        for view, frame in zip(step.from_, (left, right), strict=True):
            if not frame.may_have(name):
                message = f"there is no column '{name}' in '{view}'.{hint(name, frame.names)}"
                review.say(path, message, "unknown-column")
    if step.condition is not None:
        scope = scope_of(("left", left), ("right", Frame(right.data, right.known)))
        read_condition(review, (*at, "condition"), step.condition, scope)
    if step.how in ("semi", "anti"):
        return left
    shared = {name.lower() for name in step.on}
    added = tuple(field for field in right.data if field[0].lower() not in shared)
    both = [name for name, _ in added if left.has(name)]
    if both and left.known and right.known:
        names = ", ".join(f"'{name}'" for name in both)
        message = f"both views have {names}: rename or drop one of them before the join, or write a sql step"
        review.say((*at, "from"), message, "duplicate-column")
    fields = (*left.fields, *(field for field in added if not left.has(field[0])))
    return Frame(fields, left.known and right.known)


def _union(review: Review, at: Path, step: Union) -> Frame:
    frames = [review.frame(view) for view in step.from_]
    if not step.allow_missing:
        _same_columns(review, at, step, frames)
    names: dict[str, str] = {}
    for frame in frames:
        for name, _ in frame.fields:
            names.setdefault(name.lower(), name)
    fields: list[Field] = []
    for name in names.values():
        kinds = [frame.type_of(name) for frame in frames if frame.has(name)]
        if pair := first_apart(kinds):
            message = f"'{name}' is {a(pair[0])} in one view and {a(pair[1])} in another: cast one of them"
            review.say((*at, "from"), message, "columns-differ")
        fields.append((name, common(kinds) if all(frame.known for frame in frames) else None))
    return Frame(tuple(fields), all(frame.known for frame in frames))


def _same_columns(review: Review, at: Path, step: Union, frames: list[Frame]) -> None:
    """Report each view that lacks a column of another."""
    every = {name.lower(): name for frame in frames for name in frame.names}
    for index, (view, frame) in enumerate(zip(step.from_, frames, strict=True)):
        missing = [name for name in every.values() if not frame.may_have(name)]
        if missing:
            message = (
                f"'{view}' lacks {', '.join(missing)}: select the same columns,"
                " or say allowMissing: true for NULL in their place"
            )
            review.say((*at, "from", index), message, "columns-differ")


def _aggregate(review: Review, at: Path, step: Aggregate) -> Frame:
    frame = review.frame(step.from_)
    scope = scope_of((step.from_, frame))
    fields: list[Field] = []
    known = True
    for index, name in enumerate(step.by):
        path = item_path(review.document, (*at, "by"), index)
        listed = read_item(review, path, name, scope)
        known = known and listed is not None
        fields.extend(listed or ())
    grouped = {name.lower() for name, _ in fields}
    for name, text in step.columns.items():
        path = (*at, "columns", name)
        given = read_listed(review, path, text, scope, grouped=True)
        if name.lower() in grouped:
            review.say(path, f"'{name}' is a column of by already", "duplicate-column", key=True)
        elif given is not None and _is_row_wise(text):
            message = f"'{text}' is no aggregate: fold the group's rows, as in max({text}), or group by it"
            review.say(path, message, "no-aggregate")
        fields.append((name, given[0][1] if given else None))
    return Frame(tuple(fields), known)


def _window(review: Review, at: Path, step: Window) -> Frame:
    frame = review.frame(step.from_)
    scope = scope_of((step.from_, frame))
    for index, name in enumerate(step.partition_by):
        read_name(review, item_path(review.document, (*at, "partitionBy"), index), name, frame)
    for index, text in enumerate(step.order_by):
        read_order(review, item_path(review.document, (*at, "orderBy"), index), text, scope)
    found = frame
    for name, text in step.columns.items():
        path = (*at, "columns", name)
        given = read_listed(review, path, text, scope, grouped=True, over=True)
        if not _is_one_function(text):
            message = (
                f"'{text}' is not one function over the window, such as sum(amount) or row_number(): derive"
                " the rest in a step behind"
            )
            review.say(path, message, "no-window")
        found = found.put(name, given[0][1] if given else None)
    return found


def _is_one_function(text: str) -> bool:
    """Whether an expression is one call, so that it can be computed over a window; what is no SQL passes."""
    from sqlglot import exp

    tree = parse_expression(text).tree
    while isinstance(tree, exp.IgnoreNulls | exp.RespectNulls | exp.Filter | exp.Alias | exp.Paren):
        tree = tree.this
    return tree is None or (isinstance(tree, exp.Func) and not isinstance(tree, exp.Cast | exp.Case))


def _is_row_wise(text: str) -> bool:
    """Whether an expression surely folds nothing; a function that is not known may."""
    from sqlglot import exp

    tree = parse_expression(text).tree
    if tree is None or is_aggregate(tree) or tree.find(exp.Anonymous):
        return False
    return tree.find(exp.Column) is not None
