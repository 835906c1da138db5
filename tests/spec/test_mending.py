from __future__ import annotations

import pytest

from lakemesh.errors import Finding
from lakemesh.spec.cases import Cases
from lakemesh.spec.document import read_document
from lakemesh.spec.mending import NOWHERE, Mending, lost_in, read_as, read_product

SPEC = """\
apiVersion: lakemesh/v1
kind: DataProduct
name: orders
domain: shop
inputPorts:
  files: {kind: blob, path: in/, schema: {id: string, n: int}}
  events:
    kind: eventhub
    hub: orders
    schema:
      - {name: id, logicalType: string}
      - {name: n, logicalType: integer}
transformations:
  typed: {kind: cast, from: files, columns: {n: bigint}}
  both: {kind: union, from: [typed, events]}
outputPorts:
  orders:
    from: both
    write: append
    quality:
      - {expect_column_to_exist: {column: id}}
"""


def read(*changes: tuple[str, str]) -> tuple[Mending, list[str]]:
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    findings: list[Finding] = []
    mending = read_product(read_document("f.yml", text), ("shop", "orders"), findings)
    return mending, [f"{one.line}:{one.column} {one.message}" for one in findings]


def test_what_is_right_is_read_as_it_is() -> None:
    mending, said = read()
    assert mending.spec.name == "orders"
    assert (mending.blanks, said) == (set(), [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: orders", "nmae: orders", "3:1 unknown key 'nmae'"),
        ("inputPorts:", "inputPort:", "5:1 unknown key 'inputPort'"),
        ("kind: blob", "kind: blobs", "6:17 'blobs' is not known here"),
        ("kind: cast", "kidn: cast", "14:11 unknown key 'kidn'. Did you mean 'kind'?"),
        ("from: files", "form: files", "14:23 unknown key 'form'"),
        ("write: append", "wrtie: append", "19:5 unknown key 'wrtie'. Did you mean 'write'?"),
        ("write: append", "write: apend", "19:12 'apend' is not known here"),
        ("hub: orders", "hbu: orders", "9:5 unknown key 'hbu'"),
        ("apiVersion: lakemesh/v1", "apiVersion: v1", "1:13 'v1' is not known here"),
    ],
)
def test_what_is_nearly_right_is_taken_for_what_it_should_be(old: str, new: str, said: str) -> None:
    mending, found = read((old, new))
    assert [one[: len(said)] for one in found] == [said]
    assert set(mending.spec.input_ports) == {"files", "events"}
    assert set(mending.spec.output_ports) == {"orders"}
    assert {*mending.spec.transformations, *lost_in(mending.blanks, "transformations")} == {"typed", "both"}


@pytest.mark.parametrize(
    ("old", "new", "block", "name"),
    [
        ("kind: cast", "kind: turn_into", "transformations", "typed"),
        ("columns: {n: bigint}", "columns: {}", "transformations", "typed"),
        ("from: [typed, events]", "from: typed", "transformations", "both"),
        ("kind: blob, path: in/", "kind: table", "inputPorts", "files"),
        ("    from: both\n", "", "outputPorts", "orders"),
        ("    write: append", "    kind: topic", "outputPorts", "orders"),
    ],
)
def test_what_cannot_be_guessed_is_left_out_and_remembered(old: str, new: str, block: str, name: str) -> None:
    mending, said = read((old, new))
    assert len(said) == 1
    assert list(lost_in(mending.blanks, block)) == [name]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{kind: filter, from: files, whre: n > 0}", "14:38 unknown key 'whre'"),
        ("{kind: pseudonymise, from: files, columns: [id], salt: abc}", "14:65 'salt': a secret is said"),
        (
            "{kind: pseudonymise, from: files, columns: [id], salt: {secret: abc}}",
            "14:74 'secret' must be scope",
        ),
        (
            "{kind: pseudonymise, from: files, columns: [id], salt: {secert: a/b}}",
            "14:66 unknown key 'secert'",
        ),
    ],
)
def test_a_step_with_a_misspelt_need_is_kept(step: str, said: str) -> None:
    mending, found = read(("{kind: cast, from: files, columns: {n: bigint}}", step))
    assert [one[: len(said)] for one in found] == [said]
    assert set(mending.spec.transformations) == {"typed", "both"}


def test_what_a_wrong_word_hid_is_said_too() -> None:
    _, said = read(
        ("kind: cast", "kind: casts"),
        ("columns: {n: bigint}", "colums: {n: bigint}"),
        ("write: append", "write: upsert"),
        ("{column: id}}", "{colum: id}}"),
        ("logicalType: integer", "logicalType: money"),
    )
    assert [one.split(" ")[0] for one in said] == ["12:32", "14:17", "19:12", "14:37", "21:35"]


def test_a_column_of_no_type_keeps_its_name() -> None:
    mending, said = read(("n: int}}", "n: number}}"), ("logicalType: string", "logicaltype: string"))
    assert len(said) == 2
    ports = mending.spec.input_ports
    assert [(one.name, one.data_type.ddl) for one in ports["files"].schema_] == [
        ("id", "string"),
        ("n", "void"),
    ]
    assert [one.name for one in ports["events"].schema_] == ["id", "n"]


def test_a_column_without_a_name_leaves_the_schema_open() -> None:
    mending, said = read(("- {name: id, logicalType: string}", "- {logicalType: string}"))
    assert len(said) == 1
    assert mending.spec.input_ports["events"].schema_.ref == NOWHERE


def test_words_where_columns_must_be_are_columns_without_a_type() -> None:
    mending, said = read(("- {name: id, logicalType: string}", "- id"))
    assert len(said) == 1
    assert [one.name for one in mending.spec.input_ports["events"].schema_] == ["id", "n"]


def test_broken_rules_are_left_out_and_places_stay() -> None:
    text = SPEC.replace(
        "      - {expect_column_to_exist: {column: id}}",
        "      - {expect_nothing: {column: id}}\n      - {expect_column_to_exist: {column: id}}",
    )
    document, findings = read_document("f.yml", text), list[Finding]()
    mending = read_product(document, ("shop", "orders"), findings)
    (rule,) = mending.spec.output_ports["orders"].quality
    assert rule.label == "expect_column_to_exist.id"
    assert document.locate(("outputPorts", "orders", "quality", 0)) == (22, 9)
    assert (mending.blanks, len(findings)) == (set(), 1)


@pytest.mark.parametrize("text", ["just words", "- a\n- b\n", "1"])
def test_what_is_no_product_at_all_is_given_up(text: str) -> None:
    findings: list[Finding] = []
    assert read_product(read_document("f.yml", text), ("shop", "orders"), findings).spec is None
    assert findings


def test_a_broken_item_is_left_out_and_the_others_are_read() -> None:
    text = "- {name: a, expect: {x: []}}\n- {nam: b}\n- {name: c, expect: {x: []}, clock: soon}\n"
    findings: list[Finding] = []
    mending = read_as(read_document("t.yml", text), Cases, findings)
    assert [case.name for case in mending.spec.root] == ["a", "c"]
    assert {one.line for one in findings} == {2, 3}
