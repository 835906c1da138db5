"""What the language refuses, in its own words, each thing at its place."""
# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lakemesh.spec.complaints import explain, real_path
from lakemesh.spec.document import read_document
from lakemesh.spec.model import validate_value
from lakemesh.spec.product import DataProduct

HEAD = """\
apiVersion: lakemesh/v1
kind: DataProduct
name: orders
domain: shop
"""
INPUTS = """\
inputPorts:
  files: {kind: blob, path: in/, schema: {id: string}}
"""
OUTPUTS = """\
outputPorts:
  orders: {from: files, write: append}
"""


def said(text: str) -> list[str]:
    """What is said of a product, with the place below its head."""
    document = read_document("f.yml", HEAD + text)
    try:
        validate_value(DataProduct, document.value)
    except ValidationError as error:
        found = explain(error, document, DataProduct)
        return [f"{one.line - 4}:{one.column}: {one.message}" for one in found]
    return []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{from: files}", "'x' needs one of sql, python, kind"),
        ("", "'x' must be a map"),
        ("select 1", "'x' must be a map: it is the text 'select 1'"),
        ("[1]", "'x' must be a map"),
        ("{sql: 3}", "'sql' must be text: it is 3"),
        ("{sql: select 1, from: files}", "unknown key 'from'. Known: description, sql."),
        ("{python: 'a.py:f'}", "'x' needs 'from'"),
        ("{kind: filtr, from: files}", "'filtr' is not known here. Did you mean 'filter'?"),
        ("{kind: filter, from: files}", "'x' needs 'where'"),
        ("{kind: union, from: files}", "'from' needs at least 2 of them"),
        ("{kind: drop, from: files, columns: []}", "'columns' needs at least 1 of them"),
        ("{kind: rename, from: files, columns: [id]}", "'columns' must be a map of names to values"),
        ("{kind: filter, from: '', where: x}", "'from' must not be empty"),
        (
            "{kind: cast, from: files, columns: {id: int}, onError: skip}",
            "'skip' is not known here. Known: reject, null, fail.",
        ),
        (
            "{kind: join, from: [a, b]}",
            "'x': a join takes one of: on (names of columns), condition (SQL over left and right)",
        ),
    ],
)
def test_steps(step: str, message: str) -> None:
    (one,) = said(f"{INPUTS}{OUTPUTS}transformations:\n  x: {step}\n")
    assert one.split(": ", 1)[1] == message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{expect_column_to_exist: {column: id, kind: x}}", "item 1 of 'quality': expect_column_to_exist takes no argument 'kind'"),
        ("{expect_column_to_exist: {colum: id}}", "unknown key 'colum'. Known: column, column_index. Did you mean 'column'?"),
        ("{expect_column_to_exist: {}}", "'expect_column_to_exist' needs 'column'"),
        ("{expect_column_to_exis: {column: id}}", "'expect_column_to_exis' is not known here. Did you mean 'expect_column_to_exist'?"),
        ("{expect_column_to_exist: {column: id}, onFailur: warn}", "unknown key 'onFailur'. Known: name, onFailure, severity. Did you mean 'onFailure'?"),
        ("{expect_table_row_count_to_equal: {value: 3}}", "'expect_table_row_count_to_equal' is not built yet: it comes with a later version"),
        ("{expect_column_values_to_be_between: {column: id, min_value: [3]}}", "'min_value' must be a single value"),
        ("{expect_column_values_to_be_null: {column: id, mostly: 2}}", "'mostly' must be 1 or less"),
        ("3", "item 1 of 'quality' must be a map: it is 3"),
        (
            "{column_to_exist: {column: id}}",
            "item 1 of 'quality': a rule is one expectation, such as expect_column_values_to_not_be_null:"
            " {column: ...}. Did you mean 'expect_column_to_exist'?",
        ),
        (
            "{expect_column_to_exist: {column: id}, column_index: 1}",
            "'column_index' is an argument of expect_column_to_exist: write it inside, in its braces or indented"
            " below",
        ),
        ("{name: mine}", "'mine': a rule is one expectation, such as expect_column_values_to_not_be_null: {column: ...}"),
    ],
)  # fmt: skip
def test_rules(rule: str, message: str) -> None:
    (one,) = said(
        f"{INPUTS}outputPorts:\n  orders:\n    from: files\n    write: append\n    quality:\n      - {rule}\n"
    )
    assert one.split(": ", 1)[1] == message


def test_one_finding_for_a_value_that_may_be_of_several_types() -> None:
    assert said(f"compute: [small]\n{INPUTS}{OUTPUTS}") == ["1:10: 'compute' must be text or a map"]


def test_the_form_that_got_furthest_is_the_one_that_was_meant() -> None:
    assert said(f"compute: {{profile: small, retrys: 1}}\n{INPUTS}{OUTPUTS}") == [
        "1:27: unknown key 'retrys'. Known: dependencies, profile, retries, shared, timeout. Did you mean 'retries'?"
    ]


def test_a_misspelt_key_is_said_once_and_not_as_a_missing_one_too() -> None:
    text = "inputPorts:\n  files: {kind: blob, paht: in/, schema: {id: string}}\n" + OUTPUTS
    assert said(text) == [
        "2:23: unknown key 'paht'. Known: contractId, description, format, kind, maxPerBatch, multiLine, onDataLoss,"
        " onSchemaChange, path, pattern, quality, schema, tags, timestampFormat. Did you mean 'path'?"
    ]


@pytest.mark.parametrize(
    ("port", "message"),
    [
        (
            "{from: files, write: upsert}",
            "'upsert' is not known here. Known: append, overwrite, merge, history.",
        ),
        ("{from: files}", "'orders' needs 'write': append, overwrite, merge or history"),
        (
            "{from: files, write: append, cluster_by: id}",
            "unknown key 'cluster_by'. Known: clusterBy, contractId, description, from, kind, properties, quality,"
            " recompute, roles, schema, slaProperties, tags, write. Did you mean 'clusterBy'?",
        ),
        ("{kind: table, from: files, write: append}", "'table' is not known here. Known: delta, view."),
        ("{from: files, write: merge}", "'orders' needs 'keys'"),
        ("", "'orders' must be a map"),
    ],
)
def test_ports(port: str, message: str) -> None:
    (one,) = said(f"{INPUTS}outputPorts:\n  orders: {port}\n")
    assert one.split(": ", 1)[1] == message


def test_types_are_said_where_they_stand() -> None:
    text = 'inputPorts:\n  files:\n    kind: blob\n    path: in/\n    schema:\n      - {name: a, physicalType: "decimal(50,2)"}\n'
    text += "      - {logicalType: string}\n      - {name: c}\n      - {name: d, logicalType: array}\n"
    assert said(text + OUTPUTS) == [
        "6:33: 'a': decimal(50,2) is out of range: 1 to 38 digits, no more behind the point",
        "7:9: item 2 of 'schema' needs 'name'",
        "8:9: 'c' needs a logicalType or a physicalType",
        "9:32: 'd': an array needs its items",
    ]
    short = "inputPorts:\n  files: {kind: blob, path: in/, schema: {id: strig}}\n"
    assert said(short + OUTPUTS) == ["2:47: 'id': 'strig' is no type of Spark. Did you mean 'string'?"]


def test_forms_are_said_in_words() -> None:
    assert said(f"version: 1.2.x\n{INPUTS}{OUTPUTS}") == [
        "1:10: 'version' must be three numbers with dots between, such as 1.2.0: it is '1.2.x'"
    ]
    assert said(f"schedule: {{every: now}}\n{INPUTS}{OUTPUTS}") == [
        "1:19: 'every' must be a number and a unit, such as 5 minutes (minutes, hours, days or weeks): it is 'now'"
    ]


def test_a_tag_that_is_a_key_as_well_is_no_step_of_the_path() -> None:
    document = read_document("f.yml", "inputPorts:\n  a: {kind: product, product: x.y, version: 1}\n")
    assert real_path(document, ("inputPorts", "a", "product", "version")) == ("inputPorts", "a", "version")
    assert real_path(document, ("inputPorts", "a", "product", "product")) == ("inputPorts", "a", "product")
