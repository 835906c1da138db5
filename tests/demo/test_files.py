"""Capture's layout and record, exports' lines, and the dates of both."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import fastavro
import pytest

from lakemesh.demo import files
from lakemesh.demo.calendar import OPENING
from lakemesh.demo.files import Capture, Exports, as_capture_writes
from lakemesh.demo.post import Delivery


def sent(hours: int, body: bytes | None = b"{}") -> Delivery:
    return Delivery("order_events", 1, OPENING + dt.timedelta(hours=hours), body)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (dt.datetime(2026, 11, 21, 4, 2), "11/21/2026 4:02:00 AM"),
        (dt.datetime(2026, 1, 2, 0, 0, 9), "1/2/2026 12:00:09 AM"),
        (dt.datetime(2026, 1, 2, 12, 30), "1/2/2026 12:30:00 PM"),
        (dt.datetime(2026, 1, 2, 23, 59, 59), "1/2/2026 11:59:59 PM"),
    ],
)
def test_capture_writes_times_as_azure_does(moment: dt.datetime, text: str) -> None:
    assert as_capture_writes(moment) == text


def test_capture_files_lie_by_partition_and_time(tmp_path: Path) -> None:
    capture = Capture(tmp_path, 1)
    for number, hours in enumerate((0, 1, 200)):
        capture.write(sent(hours, b'{"a":1}'), 0, number)
    capture.write(sent(0, None), 1, 0)
    capture.close()
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.avro"))
    assert found == ["0/2026/10/04/20/52/00.avro", "0/2026/10/12/14/37/00.avro", "1/2026/10/04/20/52/00.avro"]
    with (tmp_path / found[0]).open("rb") as file:
        events = list(fastavro.reader(file))
    assert [event["SequenceNumber"] for event in events] == [0, 1]
    assert events[1]["EnqueuedTimeUtc"] == "10/1/2026 1:00:00 AM"
    assert events[1]["Body"] == b'{"a":1}'
    with (tmp_path / found[2]).open("rb") as file:
        assert next(iter(fastavro.reader(file)))["Body"] is None


def test_files_do_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS_PER_FILE", 2)
    capture, exports = Capture(tmp_path / "hub", 1), Exports(tmp_path / "out", "orders", 1)
    for number in range(5):
        capture.write(sent(0), 0, number)
        exports.write(sent(0))
    capture.close()
    exports.close()
    assert len(list(tmp_path.rglob("*.avro"))) == 3
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == [
        f"orders-021800-0{part}.json" for part in range(3)
    ]


def test_exports_are_lines_in_dated_folders_plain_and_gzipped(tmp_path: Path) -> None:
    exports = Exports(tmp_path, "orders", 1)
    exports.write(sent(0, b'{"a":1}'))
    exports.write(sent(100, b'{"a":2}'))
    exports.close()
    plain, packed = sorted(path for path in tmp_path.rglob("*.json*"))
    assert plain.relative_to(tmp_path).as_posix() == "2026/10/04/orders-021800-00.json"
    assert plain.read_bytes() == b'{"a":1}\n'
    assert gzip.decompress(packed.read_bytes()) == b'{"a":2}\n'
    assert dt.datetime.fromtimestamp(plain.stat().st_mtime, dt.UTC).date() == dt.date(2026, 10, 4)
