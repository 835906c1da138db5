"""JSON documents into records: a document is one, or as many as it has elements where it is an array.

The elements are parsed where they stand: as texts of their own they would lose digits, since Spark writes
every number with a point as a double. Only where one is no object, and Spark has nothing of any, each is
parsed alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.read.digits import marked, unmarked
from lakemesh.read.seal import STRICT, Seal, starts_array
from lakemesh.read.surrogates import has_half_pair
from lakemesh.spec.types import DataType, Primitive

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_WHOLE, _STRINGS, _VARIANTS, _TEXTS = "__whole", "__strings", "__variants", "__texts"
_RECORDS, _DIRECT, _TORN, _EACH = "__records", "__direct", "__torn", "__each"


def split_documents(
    documents: DataFrame, text: str, typed: str, kind: DataType, seal: Seal, options: dict[str, str]
) -> DataFrame:
    """One row a record: its own text in the column `text`, and in `typed` what the seal parsed it to."""
    parsed = _parsed(documents, F.col(text), kind, seal, options)
    each = parsed.drop(text, _STRINGS, _VARIANTS, _WHOLE).withColumn(
        _EACH, F.explode(F.arrays_zip(_TEXTS, _RECORDS))
    )
    # An element that is null has no text.
    records = each.withColumn(text, F.coalesce(f"{_EACH}.{_TEXTS}", F.lit("null")))
    whole = seal.rewrapped(F.col(f"{_EACH}.{_RECORDS}"), kind, F.col(_TORN))
    alone = seal.parsed(F.col(text), kind, options)
    return records.withColumn(typed, F.when(F.col(_DIRECT), whole).otherwise(alone)).drop(
        _EACH, _TEXTS, _RECORDS, _DIRECT, _TORN
    )


def _parsed(
    documents: DataFrame, text: Column, kind: DataType, seal: Seal, options: dict[str, str]
) -> DataFrame:
    """The documents with the texts of their records and, where Spark has them, the records."""
    values = seal.values(F.col(_WHOLE))
    is_array = starts_array(text) & F.is_valid_utf8(text) & ~has_half_pair(text)
    exact = marked(text)  # of a number as a plain text no digit would be sure
    as_strings = seal.document(exact, Primitive("string"), STRICT)
    # As a plain text, a string among the elements loses its quotes and could pass for the object in it.
    as_variants = seal.document(exact, Primitive("variant"), STRICT)
    return (
        documents.withColumn(_WHOLE, seal.document(text, kind, options))
        .withColumn(_STRINGS, F.when(is_array, as_strings))
        .withColumn(_VARIANTS, F.when(is_array & values.isNull(), as_variants))
        .withColumn(_TEXTS, _texts(text, seal))
        .withColumn(_DIRECT, F.coalesce(F.size(values) == F.size(_TEXTS), F.lit(False)))
        .withColumn(_RECORDS, F.when(F.col(_DIRECT), values).otherwise(F.array().cast(f"array<{kind.ddl}>")))
        # The mark alone: the torn text is the whole document's.
        .withColumn(_TORN, F.when(F.col(_WHOLE).getField("_corrupt").isNotNull(), F.lit("")))
    )


def _texts(text: Column, seal: Seal) -> Column:
    quoted = F.transform(seal.values(F.col(_VARIANTS)), _as_json)
    marks = F.coalesce(quoted, seal.values(F.col(_STRINGS)))
    return F.coalesce(F.transform(marks, unmarked), F.array(text))


def _as_json(value: Column) -> Column:
    # Not F.to_json itself, which Spark would hand the element's number as its options.
    return F.to_json(value)
