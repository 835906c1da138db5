"""Records of a case as the files that a source would write."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from fastavro import reader

from lakemesh.errors import CallError
from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land, Read
from lakemesh.runner.givens import give_files, give_table, typed_rows
from lakemesh.spec.columns import Column
from lakemesh.spec.document import read_document
from lakemesh.spec.inputs import Blob, EventHub
from lakemesh.spec.outputs import Append

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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


def test_a_number_with_a_trailing_zero_is_a_number_where_no_text_is_declared(tmp_path: Path) -> None:
    fields = {
        "d": "double",
        "n": "decimal(30,10)",
        "t": "string",
        "l": "array<double>",
        "s": "struct<d:double>",
    }
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": fields})
    document = read_document(
        "rows.yml", 'd: 1.50\nn: 12345678901234567.10\nt: 1.10\nl: [2.0, "3.0"]\ns: {d: 4.50}\nx: 1.10'
    )
    read = Read(name="r", mode="batch", port=port, paths=(str(tmp_path),), columns=port.schema_)
    give_files(read, [document.value])
    assert json.loads((tmp_path / "records.json").read_text(encoding="utf-8")) == {
        "d": 1.5, "n": "12345678901234567.10", "t": "1.10", "l": [2.0, "3.0"], "s": {"d": 4.5}, "x": "1.10",
    }  # fmt: skip


def test_rows_are_taken_by_the_names_and_types_of_their_table(spark: SparkSession) -> None:
    document = read_document("rows.yml", "- {ID: a, d: 1.50}\n- {id: b, D: 2.25}")
    frame = typed_rows(spark, document.value, "struct<id:string,d:double>", "tables.out")
    assert [(row["id"], row["d"]) for row in frame.orderBy("id").collect()] == [("a", 1.5), ("b", 2.25)]
    with pytest.raises(CallError, match=r"given.in has no column 'e'\. Known: id, d\."):
        typed_rows(spark, [{"e": 1}], "struct<id:string,d:double>", "given.in")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"obj": {"a": 1, "nope": 1}}, r"expect.out has no field 'obj.nope'\. Known: a, l\."),
        ({"obj": {"l": [{"m": 1, "n": 2}]}}, r"expect.out has no field 'obj.l.n'\. Known: m\."),
        ({"of": {"any": {"m": 1, "n": 2}}}, r"expect.out has no field 'of.any.n'\. Known: m\."),
        ({"d": 1.555}, r"expect.out: 'd' is decimal\(10,2\), and 1.555 has more decimals, so that"),
        ({"d": "0.001"}, r"and 0.001 has more decimals"),
        ({"e": f"{'9' * 20}.{'1' * 19}"}, r"'e' is decimal\(38,18\), and 9+\.1+ has more decimals"),
        ({"of": {1: {"n": 2}}}, r"expect.out has no field 'of.1.n'\. Known: m\."),
    ],
)
def test_what_would_be_lost_of_an_expected_row_is_told(
    spark: SparkSession, row: dict[str, Any], why: str
) -> None:
    shape = (
        "struct<d:decimal(10,2),e:decimal(38,18),obj:struct<a:int,l:array<struct<m:int>>>,"
        "of:map<string,struct<m:int>>>"
    )
    with pytest.raises(CallError, match=why):
        typed_rows(spark, [row], shape, "expect.out")
    said = {"D": 1.50, "e": "0.000", "OBJ": {"A": 5, "l": [{"M": 1}]}, "of": {"Any": {"M": 2}}}
    (found,) = typed_rows(spark, [said], shape, "expect.out").collect()
    assert found.asDict(True) == {
        "d": Decimal("1.50"),
        "e": Decimal(0),
        "obj": {"a": 5, "l": [{"m": 1}]},
        "of": {"Any": {"m": 2}},
    }


def given_table(folder: Path, **about: Any) -> Land:
    place = Place(name="shop.orders.orders", location=str(folder / "orders"))
    port = Append.model_validate({"write": "append", "from": "in"})
    columns = (Column.model_validate({"name": "id", "physicalType": "int"}),)
    beside = place.beside("__quarantine")
    return Land(name="orders", port=port, table=place, quarantine=beside, columns=columns, **about)


@pytest.mark.parametrize("about", [{}, {"properties": {"delta.enableChangeDataFeed": "true"}}])
def test_a_given_table_holds_its_rows_and_no_rows_make_it_as_well(
    spark: SparkSession, tmp_path: Path, about: dict[str, Any]
) -> None:
    for name, rows in (("some", [{"id": 1}, {}]), ("none", [])):
        land = given_table(tmp_path / name, **about)
        give_table(spark, land, rows, "given.in")
        table = DeltaTable(land.table.location)
        assert set(table.to_pyarrow_table()["id"].to_pylist()) == {row.get("id") for row in rows}
        assert table.metadata().configuration == about.get("properties", {})
        assert ("delta-rs" in table.history(1)[0]["engineInfo"]) is (about == {})
