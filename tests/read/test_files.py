"""Files: however old, however deep, plain or compressed, each once; and which of them a batch consists of."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from lakemesh.errors import ReadFailed
from lakemesh.plan.stages import Read
from lakemesh.read import list_batch
from lakemesh.read.files import File, list_files, read_offsets, replaced_files
from lakemesh.spec.inputs import Blob

Drain = Callable[[Read], list[list[dict[str, Any]]]]
LONG_AGO = dt.datetime(2001, 2, 3, 4, 5, 6, 789000, dt.UTC)


def blob(folder: Path, **said: Any) -> Read:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"a": "bigint"}, **said})
    return Read(name="in", mode="batch", port=port, paths=(str(folder),))


def put(file: Path, text: str, at: dt.datetime | None = None) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    if at:
        os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def values(batches: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [sorted(row["value"] for row in batch) for batch in batches]


def test_every_file_is_read_once_whatever_its_age_folder_or_form(tmp_path: Path, drain: Drain) -> None:
    folder = tmp_path / "in"
    put(folder / "new.json", "1\n2\n")
    old = put(folder / "a b/c+d/old ü.json", "3\n", LONG_AGO)
    put(folder / "deep/er/zipped.json.gz", "4\r\n5")
    put(folder / "other.csv", "no\n")
    put(folder / "_hidden.json", "no\n")
    read = blob(folder, pattern="*.json*")
    (batch,) = drain(read)
    assert sorted(row["value"] for row in batch) == ["1", "2", "3", "4", "5"]
    source = next(row["_source"] for row in batch if row["value"] == "3")
    assert (
        source["modified"].replace(tzinfo=dt.UTC) == LONG_AGO
        or source["modified"].timestamp() == LONG_AGO.timestamp()
    )
    assert (source["port"], source["size"], source["run"]) == ("in", 2, "run-1")
    assert (source["partition"], source["sequence_number"], source["enqueued_time"]) == (None, None, None)
    offsets, files = list_batch(read, str(tmp_path / "checkpoint"), 0)
    assert json.loads(offsets) == {"logOffset": 0}
    assert File(source["path"], 2, LONG_AGO) in files
    assert len(files) == 3
    assert unquote(source["path"]) == f"file:{old}"
    put(folder / "news.json", "6\n", LONG_AGO)
    assert values(drain(read)) == [["6"]]
    old.unlink()
    assert [file.size for file in list_batch(read, str(tmp_path / "checkpoint"), 0)[1]].count(-1) == 1
    assert drain(read) == []


def test_as_many_files_a_batch_as_the_port_says(tmp_path: Path, drain: Drain) -> None:
    for number in range(12):
        put(tmp_path / "in" / f"{number}.json", f"{number}\n")
    read = blob(tmp_path / "in", maxPerBatch=1)
    assert [len(batch) for batch in drain(read)] == [1] * 12
    found = [list_batch(read, str(tmp_path / "checkpoint"), batch)[1] for batch in range(12)]
    assert all(len(files) == 1 for files in found)
    assert len({files[0].path for files in found}) == 12


def test_a_document_is_one_value_with_multi_line(tmp_path: Path, drain: Drain) -> None:
    put(tmp_path / "in/a.json", '{\n "a": 1\n}\n')
    (batch,) = drain(blob(tmp_path / "in", multiLine=True))
    assert [row["value"] for row in batch] == ['{\n "a": 1\n}\n']


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, drain: Drain) -> None:
    with pytest.raises(ReadFailed, match=r"input 'in' reads .*/nowhere, and there is no such folder"):
        drain(blob(tmp_path / "nowhere"))


def checkpoint(folder: Path, offsets: dict[int, int], logs: dict[str, dict[int, list[str]]]) -> str:
    """A checkpoint as Spark's file source leaves it."""
    for batch, log in offsets.items():
        put(folder / "offsets" / str(batch), f'v1\n{{}}\n{{"logOffset":{log}}}')
    for name, entries in logs.items():
        lines = [
            json.dumps({"path": path, "timestamp": 1, "batchId": log})
            for log, paths in entries.items()
            for path in paths
        ]
        put(folder / "sources/0" / name, "\n".join(["v1", *lines]))
    return str(folder)


def test_the_files_of_a_batch_in_a_compacted_log(tmp_path: Path) -> None:
    files = [put(tmp_path / f"{name}.json", name) for name in "abcd"]
    a, b, c, d = (f"file:{file}" for file in files)
    folder = checkpoint(
        tmp_path / "c",
        {8: 8, 9: 9, 10: 11},
        {"9.compact": {8: [a], 9: [b]}, "10": {10: [c]}, "11": {11: [d]}},
    )
    assert [file.path for file in list_files(folder, 9)] == [b]
    assert [file.path for file in list_files(folder, 10)] == [c, d]
    assert read_offsets(folder, 10) == '{"logOffset":11}'


def test_where_the_batch_before_is_forgotten_its_number_stands_for_it(tmp_path: Path) -> None:
    a = f"file:{put(tmp_path / 'a.json', 'a')}"
    folder = checkpoint(tmp_path / "c", {7: 7}, {"7": {7: [a]}})
    assert [file.path for file in list_files(folder, 7)] == [a]


def test_a_damaged_log_is_told(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "c", {0: 0}, {})
    with pytest.raises(ReadFailed, match=r"damaged: 0\.compact of its file log is missing"):
        list_files(folder, 0)


def test_names_with_spaces_and_percents(tmp_path: Path) -> None:
    file = put(tmp_path / "50% of ü.json", "a", LONG_AGO)
    folder = checkpoint(tmp_path / "c", {0: 0}, {"0": {0: [file.as_uri()]}})
    assert list_files(folder, 0) == (File(file.as_uri().replace("///", "/"), 1, LONG_AGO),)


def test_files_that_were_replaced_after_they_were_read(tmp_path: Path) -> None:
    files = {name: put(tmp_path / f"{name}.json", name, LONG_AGO) for name in "abcde"}
    told = {name: f"file://{file}" for name, file in files.items()}
    millis = int(LONG_AGO.timestamp() * 1000)
    folder = checkpoint(tmp_path / "c", {9: 9}, {"8": {8: [told["a"]]}, "9.compact": {8: [], 9: []}})
    logs = tmp_path / "c/sources/0"
    entries = [{"path": told[name], "timestamp": millis, "batchId": 9} for name in "abcd"]
    put(logs / "9.compact", "\n".join(["v1", *map(json.dumps, entries)]))
    put(logs / "10", "\n".join(["v1", json.dumps({"path": told["e"], "timestamp": millis, "batchId": 10})]))
    known = {f"file:{file}": File(f"file:{file}", 1, LONG_AGO) for file in files.values()}
    assert replaced_files(folder, known) == ()
    put(files["a"], "longer", LONG_AGO)
    put(files["b"], "b")
    put(files["e"], "new")
    files["c"].unlink()
    other = [f"file:{files[name]}" for name in "abe"]
    assert replaced_files(folder, {**known, "file:/gone": File("file:/gone", 1, LONG_AGO)}) == tuple(other)
    # What is listed and was never read is read as it is by then.
    del known[other[0]]
    assert replaced_files(folder, known) == tuple(other[1:])
    assert replaced_files(str(tmp_path / "none"), known) == ()
