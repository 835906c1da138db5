"""The body of an event as the text of a record: unpacked where it is compressed, JSON where it is Avro."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column

    from lakemesh.plan.stages import Read
    from lakemesh.spec.inputs import EventHub

EMPTY_RECORD = "{}"
NOT_AVRO = "not-avro:"
"""What stands before the base64 of a body that its port's Avro schema does not read."""
# RFC 1952: the first bytes of gzip, and what tells zlib that its header is wanted.
_MAGIC, _GZIP = b"\x1f\x8b", 16 + zlib.MAX_WBITS
_MOST_BYTES = 100_000_000
# Else to_json leaves out what is behind the milliseconds.
_EXACT = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "timeZone": "UTC"}


def text_of(body: Column, read: Read, port: EventHub) -> Column:
    """The text of a body that is bytes, NULL or empty where there is none."""
    if port.compression == "gzip":
        body = _unpacked(body)
    text = _json(body, read.avro) if read.avro is not None else body.cast("string")
    if port.on_tombstone == "keep":
        return F.when(body.isNull() | (F.length(body) == 0), F.lit(EMPTY_RECORD)).otherwise(text)
    return text


def _unpacked(body: Column) -> Column:
    packed = F.substring(body, 1, 2) == F.lit(_MAGIC)
    unpacked = F.udf(unpack, "binary")(F.when(packed, body))  # NULL costs the Python worker next to nothing
    return F.when(packed, F.coalesce(unpacked, body)).otherwise(body)


def unpack(body: bytes | bytearray | None) -> bytes | None:
    """The bytes that gzip has packed; None where it is torn, or would be more than 100 MB."""
    if body is None:
        return None
    whole, rest = b"", bytes(body)
    try:
        while rest and len(whole) <= _MOST_BYTES:  # a file of gzip may have several members
            reader = zlib.decompressobj(_GZIP)
            whole += reader.decompress(rest, _MOST_BYTES - len(whole) + 1)
            if not reader.eof:
                return None
            rest = reader.unused_data
    except zlib.error:
        return None
    return whole if len(whole) <= _MOST_BYTES else None


def _json(body: Column, schema: str) -> Column:
    """The JSON of a record that is Avro; what is none as base64, which is no JSON and rejected as that.

    Of what it cannot read Spark makes a record without any value, which a body may also be.
    """
    from pyspark.sql.avro.functions import from_avro

    record = F.to_json(from_avro(body, schema, {"mode": "PERMISSIVE"}), _EXACT)
    nothing = all_null(schema)
    is_one = (
        record != EMPTY_RECORD if nothing is None else (record != EMPTY_RECORD) | (body == F.lit(nothing))
    )
    raw = F.concat(F.lit(NOT_AVRO), F.base64(body))
    return F.when(F.length(body) > 0, F.when(is_one, record).otherwise(raw))


def all_null(schema: str) -> bytes | None:
    """The body of a record whose every value is NULL; None where its schema does not allow that.

    A NULL in a union is the number of its branch, in Avro's zigzag encoding, and nothing else.
    """
    branches = [_branches(field["type"]) for field in json.loads(schema).get("fields", ())]
    if not all("null" in kinds for kinds in branches):
        return None
    return b"".join(bytes([2 * kinds.index("null")]) for kinds in branches if len(kinds) > 1)


def _branches(kind: Any) -> list[Any]:
    return kind if isinstance(kind, list) else [kind]
