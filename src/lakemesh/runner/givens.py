"""What a test case gives: records as the files that a real source would write, rows as Delta tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.errors import CallError
from lakemesh.spec.columns import struct_of
from lakemesh.spec.document import Numeral
from lakemesh.spec.inputs import Blob
from lakemesh.spec.outputs import History
from lakemesh.spec.types import Array, DataType, Map, Primitive, Struct, parse_type
from lakemesh.spec.types import Decimal as DecimalType
from lakemesh.write import Txn, ensure
from lakemesh.write.few import append_few
from lakemesh.write.history import with_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.stages import Land, Read

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
    texts = [
        record if isinstance(record, str) else json.dumps(_as_read(record, read.fields)) for record in records
    ]
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


def give_table(session: SparkSession, land: Land, rows: list[dict[str, Any]], where: str) -> None:
    """Make a table of a contract's columns and put rows into it; `where` says where the case has them.

    Raises CallError where the table has no contract or a value is not of its column's type.
    """
    if land.columns is None:
        raise CallError(f"the case cannot give rows of '{land.name}': it has no schema")
    shape = struct_of(land.columns)
    typed = typed_rows(session, rows, _as_written(land, shape).ddl, where)
    if not land.properties and append_few(typed, land.table, Txn(where, 0)):
        return
    ensure(session, land, shape)
    if rows:
        typed.write.format("delta").mode("append").save(land.table.location)


def _as_written(land: Land, shape: Struct) -> Struct:
    return with_versions(land, land.port, shape)[1] if isinstance(land.port, History) else shape


def typed_rows(session: SparkSession, rows: list[dict[str, Any]], ddl: str, where: str) -> DataFrame:
    """Rows of a case in a table's types; columns that a row leaves out are NULL.

    Raises CallError where a row has a column that the table has not, or a value of another type.
    """
    parsed = parsed_rows(session, rows, ddl, where)
    wrong = parsed.where("wrong is not null").first()
    if wrong is not None:
        raise misfit(where, wrong["wrong"])
    return parsed.select("row.*")


def parsed_rows(session: SparkSession, rows: list[dict[str, Any]], ddl: str, where: str) -> DataFrame:
    """Rows of a case as `row`, in a table's types, and as `wrong` the text of one that does not fit them.

    Raises CallError where a row has a column that the table has not.
    """
    shape = parse_type(ddl)
    if not isinstance(shape, Struct):
        raise TypeError(f"{ddl} is no row")
    texts = session.createDataFrame(
        [(json.dumps(_as_shaped(row, shape, where)),) for row in rows], "text string"
    )
    wanted = f"{ddl[:-1]},_corrupt:string>"
    parsed = texts.select("text", F.from_json("text", wanted, _STRICT).alias("parsed"))
    wrong = F.when(F.col("parsed._corrupt").isNotNull(), F.col("text"))
    return parsed.select(F.col("parsed").dropFields("_corrupt").alias("row"), wrong.alias("wrong"))


def misfit(where: str, text: str) -> CallError:
    """What is said of a row of a case that does not fit its table."""
    return CallError(f"{where}: a value does not fit its column's type in {text}")


def _as_shaped(row: dict[str, Any], shape: Struct, where: str) -> Any:
    """The row with the names as the table has them, and numbers that YAML keeps as text, such as 1.50."""
    return _as_read(_spelled(row, shape, where, ()), shape)


def _spelled(value: Any, kind: DataType | None, where: str, path: tuple[str, ...]) -> Any:
    """A value with the names in it as the table has them.

    Raises CallError for a name that it has not, and for a number that a decimal would round.
    """
    match value, kind:
        case dict(), Struct(fields):
            known = {name.lower(): (name, inner) for name, inner in fields}
            for key in value:
                if key.lower() not in known:
                    raise _unknown(where, (*path, key), kind.names)
            found = [(*known[key.lower()], inner) for key, inner in value.items()]
            return {name: _spelled(inner, type_, where, (*path, name)) for name, type_, inner in found}
        case dict(), Map(_, inner):
            return {key: _spelled(item, inner, where, (*path, str(key))) for key, item in value.items()}
        case list(), Array(inner):
            return [_spelled(item, inner, where, path) for item in value]
        case ((str() | int() | float()), DecimalType(scale=scale)) if _decimals(value) > scale:
            said = f"'{'.'.join(path)}' is {kind.ddl}, and {value} has more decimals"
            raise CallError(f"{where}: {said}, so that it would be rounded")
        case _:
            return value


def _unknown(where: str, path: tuple[str, ...], known: Sequence[str]) -> CallError:
    what = "field" if len(path) > 1 else "column"
    return CallError(f"{where} has no {what} '{'.'.join(path)}'. Known: {', '.join(known)}.")


def _decimals(value: str | float) -> int:
    """The digits behind the point of a number; none where there is no number."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return 0
    _, digits, exponent = number.as_tuple()
    if not number or not isinstance(exponent, int):  # zero, NaN, an infinity
        return 0
    zeros = len(digits) - len(bytes(digits).rstrip(b"\0"))
    return max(0, -exponent - zeros)


def _as_read(value: Any, kind: DataType | None) -> Any:
    """A value with the numbers in it that YAML keeps as text, such as 1.50, where no text is wanted."""
    match value, kind:
        case Numeral(), Primitive("string") | None:
            return str(value)
        case Numeral(), _:
            return _as_number(value)
        case list(), Array(inner):
            return [_as_read(item, inner) for item in value]
        case dict(), Struct():
            return {key: _as_read(inner, kind.get(key)) for key, inner in value.items()}
        case dict(), Map(_, inner):
            return {key: _as_read(item, inner) for key, item in value.items()}
        case _:
            return value


def _as_number(text: str) -> float | str:
    """The number of a text; the text where a float would lose digits, which a decimal takes as well."""
    return float(text) if Decimal(repr(float(text))) == Decimal(text) else text
