from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from lakemesh.spec.document import read_document
from lakemesh.spec.jsonschema import json_schema

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "tests" / "cases" / "validate"
PATTERNS = {
    "product": "bundles/*/*/product.yml",
    "tests": "bundles/*/*/tests.yml",
    "mesh": "conf/mesh.yml",
    "environment": "conf/environments/*.yml",
}
SHIPPED = [
    pytest.param(kind, file, id=file.relative_to(ROOT).as_posix())
    for kind, pattern in PATTERNS.items()
    for root in (ROOT, CASES / "base")
    for file in sorted(root.glob(pattern))
]
# What a schema can know of the table of wrong specs: keys, words, types and forms.
KNOWABLE = """
a misspelt key at the top
a misspelt key of a step
a misspelt key in place of a required one
a misspelt key of an environment
a misspelt key of the mesh
a misspelt key of tests.yml
a word that is not known
a number where text must be
text where a whole number must be
no kind of input port
an unknown kind of input port
a step that says nothing of what it is
an unknown kind of step
an unknown way to write
a merge without keys
a version that is none
a secret by value
a secret without its scope
an unknown expectation
an unknown argument of an expectation
an expectation of a later version
""".strip().splitlines()
TABLE = yaml.safe_load((CASES / "wrong.yml").read_text(encoding="utf-8"))
KIND_OF = {"mesh": "mesh", "local": "environment", "tests": "tests"}


@cache
def validator(kind: Any) -> Draft202012Validator:
    return Draft202012Validator(json_schema(kind))


def complaints(kind: Any, value: Any) -> list[str]:
    return [error.message for error in validator(kind).iter_errors(value)]


def read(file: Path) -> Any:
    return read_document(file.name, file.read_text(encoding="utf-8")).value


@pytest.mark.parametrize("kind", PATTERNS)
def test_it_is_a_schema(kind: Any) -> None:
    Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize(("kind", "file"), SHIPPED)
def test_shipped_specs_satisfy_it(kind: str, file: Path) -> None:
    assert complaints(kind, read(file)) == []


@pytest.mark.parametrize("name", KNOWABLE)
def test_wrong_specs_do_not(name: str) -> None:
    case = next(case for case in TABLE["cases"] if case["name"] == name)
    change = case["change"][0]
    text = (CASES / "base" / TABLE["files"][change["in"]]).read_text(encoding="utf-8")
    value = read_document("x", text.replace(change["from"], change["to"])).value
    assert complaints(KIND_OF.get(change["in"], "product"), value)


def product(**blocks: Any) -> dict[str, Any]:
    return {
        "apiVersion": "lakemesh/v1",
        "kind": "DataProduct",
        "name": "orders",
        "domain": "shop",
        "inputPorts": {"files": {"kind": "blob", "path": "in/", "schema": {"id": "string"}}},
        "outputPorts": {"orders": {"from": "files", "write": "append"}},
        **blocks,
    }


def output(**keys: Any) -> dict[str, Any]:
    return product(outputPorts={"orders": {"from": "files", "write": "append", **keys}})


@pytest.mark.parametrize(
    "value",
    [
        product(),
        product(transformations=None, tags="one"),
        product(schemas={"a": {"id": "string"}, "b": [{"name": "id", "logicalType": "string"}]}),
        output(schema={"ref": "a", "without": "id"}),
        output(schema="schema.yml"),
        output(clusterBy="id"),
        output(quality=[{"expect_column_values_to_be_null": {"column": "id"}, "onFailure": "drop"}]),
        output(
            schema=[{"name": "id", "logicalType": "string", "quality": [{"expect_column_to_exist": None}]}]
        ),
        product(
            transformations={
                "a": {"kind": "cast", "from": "files", "columns": {"id": "int"}, "onError": None}
            }
        ),
        product(transformations={"a": {"kind": "union", "from": ["files", "files"]}}),
        product(compute={"profile": "small", "retries": 1}),
    ],
)
def test_every_form_is_allowed(value: Any) -> None:
    assert complaints("product", value) == []


@pytest.mark.parametrize(
    "value",
    [
        output(quality=[{"name": "no expectation"}]),
        output(quality=[{"expect_column_values_to_be_null": {}}]),
        output(quality=[{"expect_column_values_to_be_null": {"column": "a", "kind": "x"}}]),
        output(
            quality=[
                {
                    "expect_column_to_exist": {"column": "a"},
                    "expect_column_values_to_be_null": {"column": "a"},
                }
            ]
        ),
        product(transformations={"a": {"kind": "union", "from": "files"}}),
        product(transformations={"a": {"sql": "select 1", "from": "files"}}),
        product(inputPorts=None),
    ],
)
def test_other_forms_are_not(value: Any) -> None:
    assert complaints("product", value)


def test_kinds_say_what_they_are() -> None:
    kind = json_schema()["$defs"]["Filter"]["properties"]["kind"]
    assert kind == {"const": "filter", "type": "string", "description": kind["description"]}
    assert kind["description"].startswith("Keep the rows")
