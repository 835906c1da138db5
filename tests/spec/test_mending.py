from __future__ import annotations

from lakemesh.spec.document import read_document
from lakemesh.spec.mending import read_without_mistakes

SPEC = """\
apiVersion: lakemesh/v1
kind: DataProduct
name: orders
domain: shop
wrong: 1
inputPorts:
  files: {kind: blob, path: in/, schema: {id: string}}
outputPorts:
  orders:
    from: files
    write: append
    quality:
      - {expect_nothing: {column: id}}
      - {expect_column_to_exist: {column: id}, nme: x}
      - {expect_column_to_exist: {column: id}}
"""


def test_unknown_keys_and_broken_rules_are_left_out() -> None:
    document = read_document("f.yml", SPEC)
    spec = read_without_mistakes(document)
    assert spec is not None
    (rule,) = spec.output_ports["orders"].quality  # type: ignore[union-attr]
    assert rule.label == "expect_column_to_exist.id"
    assert "wrong" not in document.value


def test_places_are_those_of_what_is_left() -> None:
    document = read_document("f.yml", SPEC)
    read_without_mistakes(document)
    assert document.locate(("outputPorts", "orders", "quality", 0)) == (15, 9)


def test_what_something_may_refer_to_is_not_guessed() -> None:
    assert read_without_mistakes(read_document("f.yml", SPEC.replace("kind: blob", "kind: blog"))) is None
    assert read_without_mistakes(read_document("f.yml", SPEC.replace("write: append", "write: up"))) is None
