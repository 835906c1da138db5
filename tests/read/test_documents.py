"""Documents: which records each holds, with every digit, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.plan.stages import Read
from lakemesh.read import judge_records
from lakemesh.read.records import REASON, SOURCE
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.run import Run

KINDS = {"a": "bigint", "b": "struct<c:string>", "e": "array<int>", "m": "decimal(38,9)"}
# A document, and its records: a or m, the reason, what is rescued, the text if rejected.
DOCUMENTS: dict[str | bytes, list[tuple[Any, ...]]] = {
    '{\n "a": 1\n}': [(1,)],
    '[{"a":2},\n {"a":"3"}]': [(2,), (None, None, '{"a":"3"}')],
    '[{"a":2}, {"a":3,"e":[1,"x"],"m":1.5}]': [(2,), ("1.500000000", None, '{"e":"[1,\\"x\\"]"}')],
    '[{"m":12345678901234567.891234567},{"m":2e3}]': [("12345678901234567.891234567",), ("2000.000000000",)],
    '\n\t[{"a":4}]\r\n': [(4,)],
    '\ufeff\r\n[{"a":5},{"a":6}]': [(5,), (6,)],
    "  \n [ ]": [],
    "\n\t{}": [(None,)],
    '[{"a":7},null]': [(7,), (None, "not a JSON object", None, "null")],
    '[{"a":8}, 4, "{\\"a\\":9}"]': [
        (8,),
        (None, "not a JSON object", None, "4"),
        (None, "not a JSON object", None, '"{\\"a\\":9}"'),
    ],
    '[{"a":1,"a":"x"},{"a":2}]': [
        (None, "a name said twice", None, '{"a":1,"a":"x"}'),
        (2,),
    ],
    '[[{"a":1}]]': [(None, "a JSON array, not a JSON object", None, '[{"a":1}]')],
    **{
        text: [(None, "not valid JSON", None, text)]
        for text in (
            "[1",
            '{"a":5} tail',
            '[{"a":1}] tail',
            '[{"a":1},{"a":2}] [{"a":3}]',
            '[{"a":1}],"z":[[]',
            '[{"a":1}],"r":[{"a":2}]',
            '{"a":1},{"a":2}',
        )
    },
    b'[{"b":{"c":"\xff"}}]': [(None, "not valid UTF-8", None, '[{"b":{"c":"\ufffd"}}]')],
    " \n": [(None, "empty record", None, " \n")],
}


def test_a_document_may_be_an_object_or_an_array_of_objects(spark: SparkSession, run: Run) -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "multiLine": True, "schema": {"a": "bigint"}})
    columns = tuple(Column.model_validate({"name": n, "physicalType": kind}) for n, kind in KINDS.items())
    rows = [(bytearray(d if isinstance(d, bytes) else d.encode()), n) for n, d in enumerate(DOCUMENTS)]
    raw = spark.createDataFrame(rows, "body binary, n bigint").select(
        F.col("body").cast("string").alias("value"),
        F.from_json(F.to_json(F.struct(F.col("n").alias("size"))), SOURCE).alias("_source"),
    )
    batch = judge_records(Read(name="in", mode="batch", port=port, columns=columns), raw, run)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in batch.frame.select("_source.size", "a", "m", REASON, "_rescued_data", "__value").collect():
        shown = str(row["m"]) if row["m"] is not None else row["a"]
        accepted, rejected = (
            (shown, None, row["_rescued_data"], None),
            (None, row[REASON], None, row["__value"]),
        )
        found.setdefault(row["size"], []).append(rejected if row[REASON] else accepted)
    for n, (document, records) in enumerate(DOCUMENTS.items()):
        assert found.get(n, []) == [(*record, *[None] * (4 - len(record))) for record in records], document
