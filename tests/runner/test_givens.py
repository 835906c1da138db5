"""Records of a case as the files that a source would write."""

from __future__ import annotations

from pathlib import Path

from fastavro import reader

from lakemesh.plan.stages import Read
from lakemesh.runner.givens import give_files
from lakemesh.spec.inputs import Blob, EventHub

SCHEMA = {"id": "string"}


def test_lines_stand_in_one_file_and_documents_in_one_each(tmp_path: Path) -> None:
    for multi_line, files in (
        (False, {"records.json": '{"id": "ä"}\n{torn\n'}),
        (True, {"0000.json": '{"id": "ä"}', "0001.json": "{torn"}),
    ):
        folder = tmp_path / str(multi_line)
        port = Blob.model_validate({"kind": "blob", "path": "x", "schema": SCHEMA, "multiLine": multi_line})
        give_files(Read(name="r", mode="batch", port=port, paths=(str(folder),)), [{"id": "ä"}, "{torn"])
        found = {
            file.name: file.read_text(encoding="utf-8").replace("\\u00e4", "ä") for file in folder.iterdir()
        }
        assert found == files


def test_events_stand_in_avro_as_capture_writes_it(tmp_path: Path) -> None:
    port = EventHub.model_validate({"kind": "eventhub", "hub": "h", "schema": SCHEMA})
    give_files(Read(name="r", mode="batch", port=port, paths=(str(tmp_path),)), [{"id": "a"}, ""])
    (file,) = tmp_path.rglob("*.avro")
    with file.open("rb") as handle:
        events = list(reader(handle))
    assert [(event["SequenceNumber"], event["Body"]) for event in events] == [(0, b'{"id": "a"}'), (1, b"")]


def test_no_records_leave_an_empty_folder(tmp_path: Path) -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": SCHEMA})
    give_files(Read(name="r", mode="batch", port=port, paths=(str(tmp_path / "none"),)), [])
    assert list((tmp_path / "none").iterdir()) == []
