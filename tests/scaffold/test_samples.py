from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, writer

from lakemesh.errors import CallError
from lakemesh.scaffold.samples import Sample, read_sample

LINES = b'{"a": 1}\n\n{"a": 2.50}\n[3]\n{"a": \n{"a": NaN}\n\xff\n{"a": 4}\n'
EVENT = {"name": "EventData", "type": "record", "fields": [{"name": "Body", "type": ["null", "bytes"]}]}


def read(file: Path | str, limit: int = 100) -> tuple[list[Any], Sample]:
    sample = Sample(str(file))
    return list(read_sample(str(file), limit, sample)), sample


def write(folder: Path, content: bytes, name: str = "a.json") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_lines_packed_or_not(tmp_path: Path, pack: Any) -> None:
    records, sample = read(write(tmp_path, pack(LINES)))
    assert records == [{"a": 1}, {"a": Decimal("2.50")}, {"a": 4}]
    assert (sample.form, sample.records, sample.left_out, sample.more) == ("lines", 3, 4, False)
    assert sample.reason == "line 4: not a JSON object"


@pytest.mark.parametrize(
    ("text", "form", "records"),
    [
        ('[{"a": 1},\n {"a": 2}]', "array", [{"a": 1}, {"a": 2}]),
        ('\ufeff\n [\n{"a": 1}]\n', "array", [{"a": 1}]),
        ("[]", "array", []),
        ('{\n  "a": 1\n}\n{\n  "a": 2\n}\n', "document", [{"a": 1}, {"a": 2}]),
        ('\ufeff{"a": "\u00e4"}\n', "lines", [{"a": "\u00e4"}]),
        ("", "lines", []),
    ],
)
def test_forms_of_json(tmp_path: Path, text: str, form: str, records: list[Any]) -> None:
    found, sample = read(write(tmp_path, text.encode()))
    assert (found, sample.form, sample.left_out) == (records, form, 0)


def test_only_so_many_are_read(tmp_path: Path) -> None:
    rows = [{"n": n, "text": "x" * 1000} for n in range(2000)]
    for text in (json.dumps(rows), "\n".join(map(json.dumps, rows))):
        records, sample = read(write(tmp_path, text.encode()), 150)
        assert [record["n"] for record in records] == list(range(150))
        assert (sample.records, sample.more) == (150, True)
    records, sample = read(write(tmp_path, json.dumps(rows).encode()), 2000)
    assert (len(records), sample.more) == (2000, False)


def test_one_element_larger_than_a_block(tmp_path: Path) -> None:
    records, _ = read(write(tmp_path, json.dumps([{"a": "x" * 300_000}, {"a": 1}]).encode()))
    assert [len(str(record["a"])) for record in records] == [300_000, 1]


def test_capture(tmp_path: Path) -> None:
    bodies = [b'{"a": 1}', None, b"{broken", b'{"a": 2}']
    file = tmp_path / "00.avro"
    with file.open("wb") as handle:
        writer(handle, parse_schema(EVENT), [{"Body": body} for body in bodies])
    records, sample = read(file)
    assert records == [{"a": 1}, {"a": 2}]
    assert (sample.form, sample.left_out, sample.reason) == ("capture", 2, "event 2: not valid JSON")
    write(tmp_path, file.read_bytes()[:-5], "torn.avro")
    with pytest.raises(CallError, match="damaged Avro"):
        read(tmp_path / "torn.avro")
    with file.open("wb") as handle:
        writer(handle, "string", ["a"])
    with pytest.raises(CallError, match="no Body"):
        read(file)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b'{"a": 1}'))))
    assert read("-")[0] == [{"a": 1}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x1f\x8b\x08nonsense", "cannot be read"),
        (gzip.compress(LINES * 99, mtime=0)[:-30], "cannot be read: Compressed file ended"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b'[{"a": 1}, {"a": ', "no valid JSON after 1 records"),
        (b'[\n{"a": "\xff"}]', "not valid UTF-8"),
        (b"[" + b'{"a":' * 100_000, "nested too deep"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(CallError, match=said):
        read(write(tmp_path, content))


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="there is no file"):
        read(tmp_path / "nowhere.json")
    with pytest.raises(CallError, match="is a folder: name one of its files\\."):
        read(tmp_path)
    write(tmp_path, b"")
    with pytest.raises(CallError, match=r"such as .*a\.json"):
        read(tmp_path)


def test_a_line_nested_too_deep_is_left_out(tmp_path: Path) -> None:
    records, sample = read(
        write(tmp_path, b'{"a": 1}\n' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n")
    )
    assert records == [{"a": 1}]
    assert sample.reason == "line 2: nested too deep"


def test_avro_without_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(CallError, match=r"pip install 'lakemesh\[spark\]'"):
        read(write(tmp_path, b"Obj\x01"))
