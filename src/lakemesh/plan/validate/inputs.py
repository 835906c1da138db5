"""The rules of input ports against what the ports read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.plan.validate.arguments import short
from lakemesh.plan.validate.rules import Said, check_said
from lakemesh.plan.validate.schemas import said_columns
from lakemesh.spec.inputs import Blob, EventHub, InputPort, ProductInput
from lakemesh.spec.types import Array, DataType, Map, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review

_REJECTS = ("drop", "quarantine")


def check_inputs(review: Review) -> None:
    """Report rules of inputs that cannot be judged."""
    for name, port in review.product.spec.input_ports.items():
        rules = tuple(rules_of_input(review, name, port))
        check_said(review, rules, review.frame(name))
        if not port.incremental:
            _check_snapshot(review, name, rules)
        if isinstance(port, Blob | EventHub):
            _check_readable(review, name, port)
        if isinstance(port, EventHub) and (text := review.product.texts.get(port.avro_schema or "")):
            _check_avro(review, name, text)


def rules_of_input(review: Review, name: str, port: InputPort) -> Iterator[Said]:
    """The rules that an input port judges, each with its place."""
    own = port.quality
    judged = review.product.input_rules(port)
    if len(judged) > len(own) and not isinstance(port, ProductInput):
        for path, column in said_columns(review.product, "inputPorts", name, port.schema_):
            for index, rule in enumerate(column.quality):
                yield Said(rule, (*path, "quality", index), column.name)
    for index, rule in enumerate(own):
        yield Said(rule, ("inputPorts", name, "quality", index))


def _check_readable(review: Review, name: str, port: Blob | EventHub) -> None:
    """Report columns of types that no JSON value has."""
    for path, column in said_columns(review.product, "inputPorts", name, port.schema_):
        untyped = any(lost[: len(path)] == path for lost in review.product.untyped)
        why = None if review.is_doubtful(*map(str, path[:2])) else why_unread(column.data_type)
        if why and not untyped:
            message = f"'{column.name}' cannot be read from JSON: {why}"
            review.say(path, message, "unreadable-type")


def _check_avro(review: Review, name: str, text: str) -> None:
    """Report a writer's schema that is no record of Avro's."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not (isinstance(said, dict) and said.get("type") == "record" and isinstance(said.get("fields"), list)):
        message = "this file holds no record's schema as Avro has it in JSON: {type: record, name:, fields:}"
        review.say(("inputPorts", name, "avroSchema"), message, "unreadable-schema")


def why_unread(kind: DataType) -> str | None:
    """Why no JSON value is of a type; None where one may be."""
    match kind:
        case Primitive("void"):
            return "void has no value: write the type that its values have, or leave the column out"
        case Struct(()):
            return "a struct needs fields; map<string,string> takes any"
        case Map(key, _) if key != Primitive("string"):
            return f"the keys of an object are text: write map<string,...>, not map<{short(key)},...>"
        case Struct(fields):
            return next((why for _, part in fields if (why := why_unread(part))), None)
        case Map(_, part) | Array(part):
            return why_unread(part)
        case _:
            return None


def _check_snapshot(review: Review, name: str, rules: tuple[Said, ...]) -> None:
    for said in rules:
        if said.rule.on_failure in _REJECTS:
            message = (
                f"input '{name}' is a snapshot, read again by each batch, so no row of it can be rejected:"
                " use warn or fail, leave the rows out with where:, or read: appends or changes"
            )
            review.say((*said.path, "onFailure"), message, "flow")
