"""The keys that the language takes at a place, read from its models."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, RootModel

from lakemesh.spec.expectations import Expectation

if typing.TYPE_CHECKING:
    from lakemesh.spec.document import Path

# The forms of a schema, by the models that they are made of.
_FORMS = {"Column": "columns", "SchemaRef": "ref"}
_TAGS = ("step-", "port-", "schema-")


def known_keys(model: type[BaseModel], loc: Path) -> set[str]:
    """The keys that the models at a pydantic location take."""
    keys: set[str] = set()
    for candidate in _models_at(model, loc):
        # A rule's expectation is its own key, and an expectation's kind is that key.
        hidden = {"kind"} if issubclass(candidate, Expectation) else {"expectation"}
        keys |= {field.alias or name for name, field in candidate.model_fields.items()} - hidden
    return keys


def _models_at(model: type[BaseModel], loc: Path) -> set[type[BaseModel]]:
    candidates, in_map = ({model} if not issubclass(model, RootModel) else _models(_root(model))), False
    is_named = False
    for step in loc:
        if in_map or isinstance(step, int):
            is_named, in_map = in_map, False
            continue
        # Behind the name of a port or a step stands its kind, whatever key has the same name.
        tagged = _tagged(candidates, step) if is_named else set()
        is_named = False
        if tagged:
            candidates = tagged
            continue
        annotations = [said for one in candidates if (said := _field(one, step)) is not None]
        if annotations:
            candidates = {found for said in annotations for found in _models(said)} or candidates
            in_map = any(map(_is_map, annotations))
        else:
            candidates = _tagged(candidates, step) or candidates
    return candidates


def _root(model: type[RootModel[Any]]) -> Any:
    return model.model_fields["root"].annotation


def _tagged(candidates: Iterable[type[BaseModel]], tag: str) -> set[type[BaseModel]]:
    """Those that a tag of a union means: by name, by kind, or by the way they write."""
    for prefix in _TAGS:
        tag = tag.removeprefix(prefix)
    return {candidate for candidate in candidates if tag in _tags(candidate)}


def _field(model: type[BaseModel], name: str) -> Any:
    return next((f.annotation for key, f in model.model_fields.items() if name in (f.alias, key)), None)


def _tags(model: type[BaseModel]) -> Iterator[str]:
    yield model.__name__
    yield model.__name__.lower()
    yield _FORMS.get(model.__name__, "")
    for name in ("kind", "write"):
        annotation = model.model_fields[name].annotation if name in model.model_fields else None
        if typing.get_origin(annotation) is Literal:
            yield from typing.get_args(annotation)


def _models(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in typing.get_args(annotation) for found in _models(part)}


def _is_map(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _is_map(typing.get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(map(_is_map, typing.get_args(annotation)))
    return origin is dict
