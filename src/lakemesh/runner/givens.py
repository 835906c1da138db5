"""What a test case gives: records as the files that a real source would write, rows as Delta tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.errors import CallError
from lakemesh.spec.columns import struct_of
from lakemesh.spec.inputs import Blob
from lakemesh.spec.outputs import History
from lakemesh.write import ensure
from lakemesh.write.history import with_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.stages import Land, Read
    from lakemesh.spec.types import Struct

_STRICT = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_corrupt"}
# Event Hubs Capture's record; its two maps of properties are left out, since nothing reads them.
_EVENT = {
    "type": "record",
    "name": "EventData",
    "namespace": "Microsoft.ServiceBus.Messaging",
    "fields": [
        {"name": "SequenceNumber", "type": "long"},
        {"name": "Offset", "type": "string"},
        {"name": "EnqueuedTimeUtc", "type": "string"},
        {"name": "Body", "type": ["null", "bytes"]},
    ],
}


def give_files(read: Read, records: Sequence[dict[str, Any] | str]) -> None:
    """Write records where an input reads them: lines of a file, documents, or events of Capture."""
    folder = Path(read.paths[0])
    folder.mkdir(parents=True, exist_ok=True)
    texts = [record if isinstance(record, str) else json.dumps(record) for record in records]
    if not isinstance(read.port, Blob):
        _write_events(folder / "0" / "2026" / "01" / "01" / "00" / "00" / "00.avro", texts)
    elif read.port.multi_line:
        for number, text in enumerate(texts):
            (folder / f"{number:04}.json").write_text(text, encoding="utf-8")
    elif texts:
        (folder / "records.json").write_text("\n".join(texts) + "\n", encoding="utf-8")


def _write_events(file: Path, texts: list[str]) -> None:
    from fastavro import parse_schema, writer

    if not texts:
        return
    file.parent.mkdir(parents=True)
    events = [
        {
            "SequenceNumber": n,
            "Offset": str(n),
            "EnqueuedTimeUtc": "1/1/2026 12:00:00 AM",
            "Body": text.encode(),
        }
        for n, text in enumerate(texts)
    ]
    with file.open("wb") as handle:
        writer(handle, parse_schema(_EVENT), events)


def give_table(session: SparkSession, land: Land, rows: list[dict[str, Any]]) -> None:
    """Make a table of a contract's columns and put rows into it.

    Raises CallError where the table has no contract or a value is not of its column's type.
    """
    if land.columns is None:
        raise CallError(f"the case cannot give rows of '{land.name}': it has no schema")
    shape = struct_of(land.columns)
    ensure(session, land, shape)
    shape = _as_written(land, shape)
    if rows:
        typed = typed_rows(session, rows, shape.ddl, f"tables.{land.name}")
        typed.write.format("delta").mode("append").save(land.table.location)


def _as_written(land: Land, shape: Struct) -> Struct:
    return with_versions(land, land.port, shape)[1] if isinstance(land.port, History) else shape


def typed_rows(session: SparkSession, rows: list[dict[str, Any]], ddl: str, where: str) -> DataFrame:
    """Rows of a case in a table's types; columns that a row leaves out are NULL.

    Raises CallError where a row has a column that the table has not, or a value of another type.
    """
    names = list(_names(ddl))
    for row in rows:
        unknown = [key for key in row if key not in names]
        if unknown:
            raise CallError(f"{where} has no column '{unknown[0]}'. Known: {', '.join(names)}.")
    texts = session.createDataFrame([(json.dumps(row),) for row in rows], "text string")
    wanted = f"{ddl[:-1]},_corrupt:string>"
    parsed = texts.select("text", F.from_json("text", wanted, _STRICT).alias("row"))
    wrong = parsed.where("row._corrupt is not null").first()
    if wrong is not None:
        raise CallError(f"{where}: a value does not fit its column's type in {wrong['text']}")
    return parsed.select("row.*").drop("_corrupt")


def _names(ddl: str) -> Iterator[str]:
    from lakemesh.spec.types import Struct, parse_type

    kind = parse_type(ddl)
    return iter(kind.names if isinstance(kind, Struct) else ())
