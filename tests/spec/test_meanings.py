from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from lakemesh.spec.cases import Case
from lakemesh.spec.environment import EnvironmentSpec
from lakemesh.spec.inputs import Blob
from lakemesh.spec.jsonschema import json_schema
from lakemesh.spec.meanings import meanings
from lakemesh.spec.mesh import MeshSpec
from lakemesh.spec.product import DataProduct

# What tells a kind from another needs no text of its own: the kind's class has one.
TELLING = {"kind", "write", "expectation"}


def models(said: Any) -> Iterator[type[BaseModel]]:
    if isinstance(said, type) and issubclass(said, BaseModel):
        yield said
        return
    for part in get_args(said):
        yield from models(part)


def language() -> list[type[BaseModel]]:
    """Every model that a file of the language is made of."""
    found: dict[type[BaseModel], None] = {}
    waiting: list[type[BaseModel]] = [DataProduct, EnvironmentSpec, MeshSpec, Case]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = None
            waiting.extend(one for field in model.model_fields.values() for one in models(field.annotation))
    return list(found)


@pytest.mark.parametrize("model", language(), ids=lambda model: model.__name__)
def test_every_key_of_the_language_is_told(model: type[BaseModel]) -> None:
    assert set(model.model_fields) - TELLING <= set(meanings(model))


def test_a_key_of_a_base_class_is_told_with_the_others() -> None:
    told = meanings(Blob)
    assert told["description"] == "What is read here."
    assert told["path"].startswith("The folder, with all folders below it")


def test_an_editor_shows_it() -> None:
    blob = json_schema()["$defs"]["Blob"]["properties"]
    assert blob["path"]["description"] == meanings(Blob)["path"]
    assert json_schema()["properties"]["version"]["description"].startswith("Major, minor and patch.")
