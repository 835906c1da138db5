"""The wrapper: whether a text is exactly one value, and which values a document has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.seal import STRICT, Seal, is_blank, starts_array
from lakemesh.spec.types import Primitive

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A text; whether it is one value; how many values it has as a document (-1 where it is broken).
TEXTS: dict[str, tuple[bool, int]] = {
    "7": (True, 1),
    " [7, 8] ": (True, 2),
    "\r\n\t[]": (True, 0),
    "7, 8": (False, 2),
    "7 8": (False, -1),
    "[7] [8]": (False, -1),
    '7],"z":[8': (False, -1),
    '[7],"z":[8]': (False, -1),
    '7],"end":[]},"z":{"r":[8': (False, -1),
    "[7": (False, -1),
    "": (False, 0),
}


def test_what_stands_between_the_wrappers_brackets(spark: SparkSession) -> None:
    seal, text, kind = Seal("end-1"), F.col("text"), Primitive("string")
    one = seal.holds_one(seal.parsed(text, kind, STRICT))
    many = F.coalesce(F.size(seal.values(seal.document(text, kind, STRICT))), F.lit(-1))
    frame = spark.createDataFrame([(said,) for said in TEXTS], "text string")
    rows = frame.select(one, many, starts_array(text), is_blank(text)).collect()
    assert [tuple(row)[:2] for row in rows] == list(TEXTS.values())
    assert [said for said, row in zip(TEXTS, rows, strict=True) if row[2]] == [
        said for said in TEXTS if said.strip().startswith("[")
    ]
    assert [said for said, row in zip(TEXTS, rows, strict=True) if row[3]] == [""]
