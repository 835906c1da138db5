"""Nothing is wrong with the shipped specs, and between them they show the language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.validate import validate
from lakemesh.spec.columns import Column, walk
from lakemesh.spec.document import read_document
from lakemesh.spec.jsonschema import json_schema
from lakemesh.spec.loader import Mesh, Product, load_mesh
from lakemesh.spec.steps import Python, Sql

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "product": "bundles/*/*/product.yml",
    "tests": "bundles/*/*/tests.yml",
    "mesh": "conf/mesh.yml",
    "environment": "conf/environments/*.yml",
}


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return load_mesh(ROOT).require()


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_there_is_nothing_to_find(environment: str) -> None:
    loaded = load_mesh(ROOT, environment)
    assert loaded.findings == ()
    mesh = loaded.require()
    assert validate(mesh) == ()
    assert len([compile_plan(mesh, name) for name in mesh.names]) == 8


@pytest.mark.parametrize("kind", SHIPPED)
def test_every_file_satisfies_the_json_schema(kind: str) -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json_schema(kind))
    files = sorted(ROOT.glob(SHIPPED[kind]))
    assert files
    for file in files:
        value = read_document(file.name, file.read_text(encoding="utf-8")).value
        assert [error.message for error in validator.iter_errors(value)] == [], file


def columns_of(product: Product) -> Iterator[tuple[str, Column]]:
    ports = {**product.spec.input_ports, **product.spec.output_ports}
    for name, port in ports.items():
        for path, column in walk(product.columns(getattr(port, "schema_", None)) or ()):
            yield f"{product.name}.{name}.{'.'.join(path)}", column


def test_everything_is_described(mesh: Mesh) -> None:
    mute = [
        at
        for product in mesh.products.values()
        for at, column in columns_of(product)
        if not column.description
    ]
    for product in mesh.products.values():
        about = product.spec.description
        assert about is not None
        assert about.purpose
        assert about.limitations
        assert about.usage
        ports = {**product.spec.input_ports, **product.spec.output_ports}
        mute += [f"{product.name}.{name}" for name, port in ports.items() if not port.description]
    assert mute == []


def test_people_are_classified(mesh: Mesh) -> None:
    found = [
        (at, column)
        for product in mesh.products.values()
        for at, column in columns_of(product)
        if column.name in ("email", "name", "address")
    ]
    assert len(found) >= 7
    assert [
        at for at, column in found if column.classification != "confidential" or "pii" not in column.tags
    ] == []


def test_the_steps_are_of_many_kinds(mesh: Mesh) -> None:
    steps = [step for product in mesh.products.values() for step in product.spec.transformations.values()]
    kinds = {
        "sql" if isinstance(step, Sql) else "python" if isinstance(step, Python) else step.kind
        for step in steps
    }
    wanted = "sql python select rename cast derive filter flatten explode join union aggregate"
    assert set(wanted.split()) <= kinds


def test_every_way_to_fail_is_shown(mesh: Mesh) -> None:
    acts = {
        rule.on_failure
        for product in mesh.products.values()
        for port in product.spec.output_ports.values()
        if port.kind == "delta"
        for rule in product.rules(port)
    }
    assert acts == {"warn", "drop", "quarantine", "fail"}


def test_every_product_is_owned_promised_and_tested(mesh: Mesh) -> None:
    for product in mesh.products.values():
        spec = product.spec
        assert spec.team is not None
        assert spec.team.members
        assert spec.support
        assert spec.schedule is not None
        assert spec.compute is not None
        assert len(product.cases) >= 3
        for port in spec.output_ports.values():
            assert port.kind == "delta"
            assert port.sla_properties
            assert port.roles
            assert port.cluster_by
