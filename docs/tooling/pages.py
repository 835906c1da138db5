"""The pages of the reference that the models make, each with its examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from shapes import PAGE_OF, table, told

from lakemesh.spec import (
    cases,
    columns,
    environment,
    expectations,
    hubs,
    inputs,
    mesh,
    outputs,
    product,
    schedule,
)
from lakemesh.spec import steps as step
from lakemesh.spec.types import PRIMITIVES

Models = Sequence[type[BaseModel]]
_HERE = Path(__file__).parent
_TEXTS: dict[str, Any] = yaml.safe_load((_HERE / "texts.yml").read_text(encoding="utf-8"))
_STEPS: Models = get_args(step.AnyStep)
_OF_HUBS: Models = (hubs.HubPlace, hubs.Credential, hubs.EntraApp)
_DELTA: Models = get_args(outputs.AnyDelta)
# Keys that every kind has are told once, at the head of the page.
_OF_EVERY_PORT = tuple(outputs._Port.model_fields)
_LEVELS = {
    "row": "Decided on each row. `onFailure` may be warn, drop, quarantine or fail.",
    "aggregate": "Decided by one aggregate over the rows of a batch. `onFailure` may be warn or fail.",
    "grouped": "Decided by a grouped pass over a staged batch. `onFailure` may be warn or fail.",
    "schema": "Decided by the schema alone. `onFailure` may be warn or fail.",
}

_SUBJECTS = {
    "row": "rows",
    "aggregate": "all rows of a batch",
    "grouped": "groups of rows",
    "schema": "the schema",
}


def model_pages() -> dict[str, str]:
    """The pages by their file names."""
    _name_pages()
    made = {
        "product.md": _page("product", _product()),
        "columns.md": _page("columns", _columns()),
        "input-ports.md": _page("input-ports", _kinds((inputs.EventHub, inputs.Blob, inputs.ProductInput))),
        "steps.md": _page("steps", _kinds((*_STEPS, step.SecretRef), without=("description",))),
        "expectations.md": _page("expectations", _expectations()),
        "output-ports.md": _page("output-ports", _outputs()),
        "environment.md": _page("environment", _environment()),
        "mesh.md": _page("mesh", _sections(mesh.MeshSpec, mesh.Domain, mesh.Node)),
        "tests.md": _page("tests", _sections(cases.Case)),
    }
    return {"README.md": _index(made), **made}


def _page(name: str, body: Iterator[str]) -> str:
    said = _TEXTS["pages"][name]
    head = "<!-- Made by `make docs` from the models: change those, not this. -->"
    lines = [head, f"# Reference: {said['title']}", "", said["intro"].strip(), "", *body]
    return "\n".join(lines).rstrip() + "\n"


def _index(made: dict[str, str]) -> str:
    said = {name: _TEXTS["pages"][name.removesuffix(".md")] for name in made}
    rows = [f"| [{one['title']}]({name}) | {one['holds']} |" for name, one in said.items()]
    rows.append("| [the command line](command-line.md) | every command, its words, options and examples |")
    table_ = ["| page | holds |", "| --- | --- |", *rows, ""]
    return _page("README", iter([*table_, _TEXTS["setting"]]))


def _product() -> Iterator[str]:
    yield from _example("DataProduct")
    yield from _sections(product.DataProduct, product.Description, product.Team, product.Member)
    yield from _sections(product.Support, schedule.Schedule, schedule.OnUpdate, schedule.Compute)


def _columns() -> Iterator[str]:
    yield from _sections(columns.Column, columns.SchemaRef)
    yield "## Types\n"
    yield "| logicalType | Spark's type, without a physicalType |\n| --- | --- |"
    for word, kind in columns._PHYSICAL.items():
        yield f"| `{word}` | `{kind}` |"
    yield "| `object` | a struct of its `properties` |\n| `array` | an array of its `items` |"
    yield "| `map` | a map of its `keys` to its `values` |\n"
    names = ", ".join(f"`{name}`" for name in PRIMITIVES)
    yield f"A physicalType is one of {names}, `decimal(p,s)`, `array<...>`, `map<...,...>` and"
    yield "`struct<name: type, ...>`."


def _kinds(models: Models, without: tuple[str, ...] = ()) -> Iterator[str]:
    for model in models:
        yield from _section(model, ("kind", "write", *without), _word(model))


def _outputs() -> Iterator[str]:
    yield "## Keys of every delta port\n"
    yield from table(outputs._Port)
    yield from _kinds(_DELTA, without=_OF_EVERY_PORT)
    yield from _kinds((outputs.View,))
    yield from _sections(outputs.SlaProperty, outputs.Role)


def _expectations() -> Iterator[str]:
    yield from _section(expectations.Rule, ("expectation",))
    kinds = expectations.KINDS.items()
    for level, meaning in _LEVELS.items():
        yield f"## Rules on {_SUBJECTS[level]}\n"
        yield meaning + "\n"
        for name, kind in kinds:
            if kind.model_construct().level == level:
                yield f"### {name}\n"
                yield told(kind) + "\n"
                yield from table(kind, without=("kind",))
                yield from _example(kind.__name__)
    yield "## Not built yet\n"
    yield ", ".join(f"`{name}`" for name in sorted(expectations.LATER)) + "."


def _environment() -> Iterator[str]:
    yield from _example("EnvironmentSpec")
    yield from _sections(environment.EnvironmentSpec, *_OF_HUBS, environment.Secrets, environment.SparkBlock)


def _sections(*models: type[BaseModel]) -> Iterator[str]:
    for model in models:
        yield from _section(model)


def _section(model: type[BaseModel], without: tuple[str, ...] = (), title: str = "") -> Iterator[str]:
    yield f"## {title or model.__name__}\n"
    yield told(model) + "\n"
    yield from table(model, without)
    if model.__name__ not in ("DataProduct", "EnvironmentSpec"):
        yield from _example(model.__name__)


def _word(model: type[BaseModel]) -> str:
    """What a spec says to have this kind: `kind: cast`, `write: merge`, or the key that makes it."""
    for key in ("write", "kind"):
        field = model.model_fields.get(key)
        words = get_args(field.annotation) if field else ()
        if words:
            return f"{key}: {words[0]}"
    return {"Sql": "sql", "Python": "python"}.get(model.__name__, model.__name__)


def _example(name: str) -> Iterator[str]:
    said = _TEXTS["examples"].get(name)
    if said:
        (marker, text), *_ = said.items()
        yield f"```yaml {marker}\n{text.rstrip()}\n```\n"


def _name_pages() -> None:
    """Where each model that others refer to is told."""
    parts = {
        "product.md": (
            product.Description,
            product.Team,
            product.Member,
            product.Support,
            schedule.Schedule,
            schedule.OnUpdate,
            schedule.Compute,
        ),
        "columns.md": (columns.Column, columns.SchemaRef),
        "expectations.md": (expectations.Rule,),
        "output-ports.md": (outputs.SlaProperty, outputs.Role),
        "environment.md": (*_OF_HUBS, environment.Secrets, environment.SparkBlock),
        "mesh.md": (mesh.Domain, mesh.Node),
        "steps.md": (step.SecretRef,),
    }
    for page, models in parts.items():
        for model in models:
            PAGE_OF[model.__name__] = f"{page}#{model.__name__.lower()}"
    PAGE_OF["ColumnType"] = "columns.md#column"
