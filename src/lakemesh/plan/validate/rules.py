"""Rules that can never do what they say: columns not there, bounds the wrong way round, broken patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from lakemesh.plan.validate.arguments import wrong_for_types
from lakemesh.plan.validate.expressions import read_name, type_at
from lakemesh.plan.validate.patterns import why_no_pattern
from lakemesh.plan.validate.schemas import columns_below, said_columns
from lakemesh.spec.columns import rule_under
from lakemesh.spec.types import parse_type

if TYPE_CHECKING:
    from lakemesh.plan.validate.frames import Frame
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.document import Path
    from lakemesh.spec.expectations import Expectation, Rule
    from lakemesh.spec.outputs import AnyDelta


@dataclass(frozen=True)
class Said:
    """A rule and the place where it was said."""

    rule: Rule
    path: Path
    column: str = ""
    """The column under which it stands."""

    @property
    def arguments(self) -> Path:
        """The place of its arguments."""
        return (*self.path, self.rule.expectation.kind)


def rules_of_port(review: Review, name: str, port: AnyDelta) -> Iterator[Said]:
    """The rules of an output port, in the order in which they are judged, each with its place."""
    for path, column in said_columns(review.product, "outputPorts", name, port.schema_):
        for place, names, below in columns_below(review.product, path, column):
            for index, rule in enumerate(below.quality):
                yield Said(rule_under(names, rule), (*place, "quality", index), names[-1])
    for index, rule in enumerate(port.quality):
        yield Said(rule, ("outputPorts", name, "quality", index))


def check_rules(review: Review, name: str, port: AnyDelta, frame: Frame) -> None:
    """Report what is wrong with the rules of an output port whose columns are those of the frame."""
    check_said(review, rules_of_port(review, name, port), frame)


def check_said(review: Review, rules: Iterable[Said], frame: Frame) -> None:
    """Report what is wrong with the rules of one port, whose rows have the columns of the frame."""
    labels: set[str] = set()
    for said in rules:
        if said.path[2] == "quality":
            _check_columns(review, said, frame)
        elif said.column:
            _check_place(review, said)
        _check_arguments(review, said, frame)
        if said.rule.label in labels:
            at = (*said.path, "name") if said.rule.name else said.arguments
            message = f"a second rule '{said.rule.label}' on this port: give it a name of its own"
            review.say(at, message, "duplicate-rule", key=not said.rule.name)
        labels.add(said.rule.label)


def _check_columns(review: Review, said: Said, frame: Frame) -> None:
    for key in ("column", "column_A", "column_B"):
        name = getattr(said.rule.expectation, key, None)
        if name is not None:
            read_name(review, (*said.arguments, key), name, frame)


def _check_place(review: Review, said: Said) -> None:
    """Report a rule that stands under one column and names another."""
    at = (*said.arguments, "column")
    if not review.document.has(at):
        return
    named = reduce(lambda value, step: value[step], at, review.document.value)
    if named != said.column:
        message = f"the rule stands under '{said.column}' and names '{named}': move it, or leave the name out"
        review.say(at, message, "invalid-rule")


def _check_arguments(review: Review, said: Said, frame: Frame) -> None:
    expectation = said.rule.expectation
    for key, message in _wrong_arguments(expectation):
        review.say((*said.arguments, key), message, "invalid-rule")
    for path, message in wrong_for_types(expectation, partial(type_at, frame)):
        review.say((*said.arguments, *path), message, "invalid-rule")


def _wrong_arguments(expectation: Expectation) -> Iterator[tuple[str, str]]:
    """The argument that is wrong, and why."""
    regex = getattr(expectation, "regex", None)
    if regex is not None and (problem := why_no_pattern(regex)):
        yield "regex", f"'{regex}' is no regular expression: {problem}"
    if getattr(expectation, "value_set", None) == ():
        yield "value_set", "an empty value_set: no value could ever be in it"
    low, high = getattr(expectation, "min_value", None), getattr(expectation, "max_value", None)
    if low is not None and high is not None and _is_above(low, high):
        yield "min_value", f"min_value {low} is above max_value {high}: nothing lies between"
    pair = getattr(expectation, "column_A", None)
    if pair is not None and pair == getattr(expectation, "column_B", None):
        yield "column_B", f"'{pair}' is compared with itself"
    kind = getattr(expectation, "type_", None)
    if kind is not None and (problem := _why_no_type(kind)):
        yield "type_", problem


def _is_above(low: Any, high: Any) -> bool:
    try:
        return bool(low > high)
    except TypeError:  # a number and a text: the column's type decides what they mean
        return False


def _why_no_type(text: str) -> str:
    if re.fullmatch(r"[A-Z][A-Za-z]*Type", text):
        return ""
    try:
        parse_type(text)
    except ValueError as error:
        return str(error)
    return ""
