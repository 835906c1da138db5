from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from lakemesh.errors import CallError
from lakemesh.scaffold.guesses import guess_fields
from lakemesh.scaffold.infer import Inferred, block_lines, infer_schema, schema_name, yaml_text
from lakemesh.scaffold.samples import Sample, parse_record
from lakemesh.scaffold.seen import Seen
from lakemesh.spec.columns import Column, Columns
from lakemesh.spec.document import read_document

COLUMNS: TypeAdapter[tuple[Column, ...]] = TypeAdapter(Columns)
RECORDS = [
    {
        "id": "a-1", "on": True, "unit price": 9.5, "n.d": 1, "at": "2026-01-05T10:00:00Z",
        "customer": {"email": "a@example.com", "address": {"city": "Ulm"}},
        "lines": [{"sku": "x", "codes": ["1", "2"]}], "tags": ["a"], "mixed": 1,
    },
    {"id": "a-2", "on": False, "unit price": 3, "n.d": 2, "at": "2026-01-06T10:00:00Z", "mixed": "1"},
]  # fmt: skip
PERSONAL = "personal? then classification: confidential, tags: [pii]"
BLOCK = """\
# From all 2 records of {file}.
# Left out: 1; the first is line 3: not valid JSON.
# required: there and not null in every record looked at.
schemas:
  order_lines:
    - {{name: id, logicalType: string, required: true}}
    - {{name: "on", logicalType: boolean, required: true}}
    - {{name: "unit price", logicalType: number, required: true}}  # money? then physicalType: "decimal(11,1)"
    - {{name: n.d, logicalType: integer, required: true}}
    - {{name: at, logicalType: timestamp, required: true}}
    - name: customer
      logicalType: object
      properties:
        - {{name: email, logicalType: string, required: true}}  # {personal}
        - name: address
          required: true
          logicalType: object
          properties:
            - {{name: city, logicalType: string, required: true}}
    - name: lines
      logicalType: array
      items:
        logicalType: object
        properties:
          - {{name: sku, logicalType: string, required: true}}
          - {{name: codes, logicalType: array, items: {{logicalType: string}}, required: true}}
    - {{name: tags, logicalType: array, items: {{logicalType: string}}}}
    - {{name: mixed, logicalType: string, required: true}}  # integer once, text once: read as text
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Order-Lines_2026-01-05.jsonl"
    path.write_text("\n".join([*map(json.dumps, RECORDS), "{broken"]), encoding="utf-8")
    return path


def test_a_block_to_be_pasted(file: Path) -> None:
    assert "\n".join([*block_lines(infer_schema(str(file), 100)), ""]) == BLOCK.format(
        file=file, personal=PERSONAL
    )


def test_the_block_says_how_much_was_looked_at(file: Path, tmp_path: Path) -> None:
    first, *_ = block_lines(infer_schema(str(file), 1, "order"))
    assert first == f"# From the first 1 record of {file}; more follow."
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(RECORDS), encoding="utf-8")
    lines = list(block_lines(infer_schema(str(whole), 100, "order")))
    assert lines[:2] == [
        f"# From all 2 records of {whole}.",
        "# The file is one JSON array: its port needs multiLine: true.",
    ]


def test_the_schema_as_data(file: Path) -> None:
    facts = infer_schema(str(file), 100).facts()
    assert (facts["records"], facts["complete"], facts["leftOut"]) == (2, True, 1)
    assert [note["column"] for note in facts["notes"]] == ["unit price", "customer.email", "mixed"]
    assert len(COLUMNS.validate_python(facts["schema"])) == 9


def test_a_file_without_records(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("hello\n{}\n", encoding="utf-8")
    with pytest.raises(CallError, match=r"holds no JSON object .* \(line 1: not valid JSON\)"):
        infer_schema(str(tmp_path / "a.json"), 10)


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("flights.json.gz", "flights"),
        ("a/orders-2026-01-05T10.jsonl", "orders"),
        ("Order Lines.json", "order_lines"),
        ("2026-01-05.json", "record"),
        ("-", "record"),
        ("v2.json", "v2"),
    ],
)
def test_names_of_schemas(name: str, schema: str) -> None:
    assert schema_name(name) == schema


@pytest.mark.parametrize(
    "text", ["a", "order_id", "n.d", "on", "null", "1.10", "a: b", "x #y", 'q"\\', "\u2028", "", "- a"]
)
def test_any_text_survives(text: str) -> None:
    said = read_document("a.yml", f"key: {{name: {yaml_text(text)}, b: 1}}\n", None)
    assert said.value == {"key": {"name": text, "b": 1}}


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(names, values, max_size=4), min_size=1, max_size=6))
def test_every_block_is_a_schema(records: list[dict[str, Any]]) -> None:
    seen = Seen()
    for record in records:
        seen.add(parse_record(json.dumps(record).encode()))
    fields = guess_fields(seen)
    inferred = Inferred("s", fields, Sample("a.json", records=len(records)))
    said = read_document("a.yml", "\n".join(block_lines(inferred)), None)
    assert not said.findings
    schema = said.value["schemas"]["s"]
    assert (schema or []) == inferred.facts()["schema"]
    assert len(COLUMNS.validate_python(schema or [])) == len(fields)
