"""Pydantic's errors as findings: at the place in the file, in our words, with a hint."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ValidationError

from lakemesh.errors import Finding, did_you_mean, known_words
from lakemesh.spec.document import Document, Path
from lakemesh.spec.expectations import LATER

_WORDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "dict_type": "must be a map of names to values",
    "tuple_type": "must be a list",
    "model_type": "must be a map",
    "model_attributes_type": "must be a map",
}


def explain(
    error: ValidationError, document: Document, model: type[BaseModel], above: Path = ()
) -> list[Finding]:
    """One finding for each thing that a model refuses, in the order of the file."""
    findings: dict[tuple[Any, ...], Finding] = {}
    for problem in error.errors(include_url=False):
        finding = _explain_one(problem, document, model, above)
        alone = problem["type"] in ("missing", "extra_forbidden")
        findings.setdefault((finding.line, finding.column, finding.message if alone else ""), finding)
    return list(findings.values())


def _explain_one(problem: Any, document: Document, model: type[BaseModel], above: Path) -> Finding:
    kind, loc = problem["type"], problem["loc"]
    path = _real_path(document, (*above, *loc))
    if kind == "missing":
        name = str(loc[-1])
        place = path[:-1] if path and path[-1] == name else path
        return document.find(place, f"{_subject(place)}needs '{name}'", "missing", key=True)
    if kind == "extra_forbidden":
        known = sorted(_known_keys(model, loc[:-1]))
        message = f"unknown key '{loc[-1]}'.{known_words(known)}{did_you_mean(str(loc[-1]), known)}"
        return document.find(path, message, "unknown-key", key=True)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _explain_tag(problem, document, path)
    if kind == "literal_error":
        known = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        said = problem["input"]
        message = f"'{said}' is not known here.{known_words(known)}{did_you_mean(str(said), known)}"
        return document.find(path, message, "unknown-word")
    said = _WORDS.get(kind) or _sentence(problem)
    return document.find(path, f"{_subject(path)}{said}", "wrong-type" if kind in _WORDS else "invalid")


def _explain_tag(problem: Any, document: Document, path: Path) -> Finding:
    context = problem.get("ctx", {})
    field = str(context.get("discriminator", "")).strip("'")
    if problem["type"] == "union_tag_not_found":
        if not isinstance(problem["input"], dict):
            return document.find(path, f"{_subject(path)}must be a map", "wrong-type")
        return document.find(path, f"{_subject(path)}needs '{field}'", "missing", key=True)
    said = str(context["tag"])
    known = [word.strip("' ") for word in context["expected_tags"].split(", ")]
    if said in LATER:
        return document.find(
            (*path, said), f"'{said}' is not built yet: it comes with a later version", "not-yet", True
        )
    for candidate in ((*path, field), (*path, said)):
        if document.has(candidate):
            path = candidate
            break
    message = f"'{said}' is not known here.{known_words(known)}{did_you_mean(said, known)}"
    return document.find(path, message, "unknown-word", key=path[-1:] == (said,))


def _sentence(problem: Any) -> str:
    text = str(problem["msg"])
    for prefix in ("Value error, ", "Input should be ", "Input should "):
        if text.startswith(prefix):
            return (
                text.removeprefix(prefix)
                if prefix.startswith("Value")
                else f"should be {text.removeprefix(prefix)}"
            )
    return text[:1].lower() + text[1:]


def _subject(path: Path) -> str:
    names = [str(step) for step in path if isinstance(step, str)]
    return f"'{names[-1]}' " if names else ""


def _real_path(document: Document, loc: Path) -> Path:
    """The steps of a pydantic location that stand in the file; its tags of unions do not."""
    path: Path = ()
    for step in loc[:-1]:
        if document.has((*path, step)):
            path = (*path, step)
    last = loc[-1:] if loc else ()
    return (*path, *last) if last and (document.has((*path, *last)) or isinstance(last[0], str)) else path


def _known_keys(model: type[BaseModel], loc: Path) -> set[str]:
    """The keys that the models at a location take."""
    candidates, in_map = {model}, False
    for step in loc:
        if in_map or isinstance(step, int):
            in_map = False
            continue
        fields = [_field(candidate, step) for candidate in candidates]
        annotations = [field for field in fields if field is not None]
        if annotations:
            candidates = {found for annotation in annotations for found in _models(annotation)} or candidates
            in_map = any(_is_map(annotation) for annotation in annotations)
            continue
        candidates = {c for c in candidates if step in _tags(c)} or candidates
    return {field.alias or name for c in candidates for name, field in c.model_fields.items()} - {
        "expectation"
    }


def _field(model: type[BaseModel], name: str) -> Any:
    return next((f.annotation for key, f in model.model_fields.items() if name in (f.alias, key)), None)


def _tags(model: type[BaseModel]) -> Iterator[str]:
    yield model.__name__.lower()
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
