"""JSON records: each parsed once by its declared columns, and looked at twice only where it does not fit.

A record is one valid UTF-8 JSON object. Its text is parsed inside `{"r":[` and `],"y":true}`: what stands
before or after an object, a second object on the line, an array or a torn bracket then shows in the one parse
that is done anyway.
Spark's own readers take the first object of a line and drop the rest of it in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.spec.columns import struct_of
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import Array, DataType, Struct

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import EventHub

SOURCE = (
    "struct<port:string,path:string,size:bigint,modified:timestamp,partition:string,sequence_number:bigint,"
    "enqueued_time:timestamp,run:string>"
)
REASON = "__reason"
_VALUE = "value"
_UNKNOWN = "__unknown"
HIDDEN = (_VALUE, REASON, _UNKNOWN)
_STRICT = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "_corrupt",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}
_MARK = "\ufeff"
# How many records of each partition are looked at for fields that the port does not declare.
_SAMPLE = 100
_SEPARATOR = "\x1f"


def source_struct(port: str, run: Run, **known: str | Column) -> Column:
    """The metadata `_source` of a record, with the fields that its kind of source knows."""
    fields = {"port": F.lit(port), "run": F.lit(run.run_id), **known}
    return F.struct(*(_source_field(name, kind, fields.get(name)) for name, kind in _source_fields())).alias(
        "_source"
    )


def _source_fields() -> Iterator[tuple[str, str]]:
    for field in SOURCE.removeprefix("struct<").removesuffix(">").split(","):
        name, _, kind = field.partition(":")
        yield name, kind


def _source_field(name: str, kind: str, value: str | Column | None) -> Column:
    if value is None:
        return F.lit(None).cast(kind).alias(name)
    return (F.col(value) if isinstance(value, str) else value).cast(kind).alias(name)


def parse(read: Read, port: Blob | EventHub, raw: DataFrame) -> tuple[DataFrame, Column, dict[str, Column]]:
    """Raw records (value, _source) with the port's columns, `_rescued_data`, `__reason`; and its counts."""
    names = [column.name for column in read.columns]
    options = {**_STRICT, **({"timestampFormat": port.timestamp_format} if port.timestamp_format else {})}
    shaped = _records(raw, isinstance(port, Blob) and port.multi_line)
    typed = shaped.withColumn("__typed", _wrapped_json(struct_of(read.columns).ddl, options))
    judged = typed.withColumn(REASON, _reason())
    record = F.get(F.col("__typed.r"), F.lit(0))
    frame = judged.select(
        *(record.getField(name).alias(name) for name in names),
        "_source",
        F.when(F.col("__typed._corrupt").isNotNull() & F.col(REASON).isNull(), _rescue(read))
        .otherwise(None)
        .alias("_rescued_data"),
        _VALUE,
        REASON,
        _unknown_fields(names).alias(_UNKNOWN),
    )
    return frame, F.col(REASON), _metrics()


def rejected(frame: DataFrame) -> DataFrame:
    """The records that did not parse: _raw (made valid UTF-8), _reason, _source."""
    return frame.where(F.col(REASON).isNotNull()).select(
        F.expr(f"make_valid_utf8({_VALUE})").alias("_raw"), F.col(REASON).alias("_reason"), "_source"
    )


def empty(read: Read, run: Run) -> DataFrame:
    """A frame of the port's columns and metadata without a row."""
    columns = [f"{quote(column.name)} {column.data_type.ddl}" for column in read.columns]
    return run.session.createDataFrame([], ", ".join([*columns, f"_source {SOURCE}", "_rescued_data string"]))


def _records(raw: DataFrame, whole: bool) -> DataFrame:
    """One row a record: a blank line is none, a byte order mark no part of it, a document may be an array."""
    text = F.col(_VALUE)
    frame = raw.withColumn(_VALUE, F.when(text.startswith(_MARK), F.substr(text, F.lit(2))).otherwise(text))
    if whole:
        elements = F.from_json(_VALUE, "array<string>", _STRICT)
        is_array = F.ltrim(text).startswith("[") & elements.isNotNull()
        return frame.withColumn(_VALUE, F.explode(F.when(is_array, elements).otherwise(F.array(text))))
    from_file = F.col("_source.sequence_number").isNull()
    return frame.where(~(from_file & (F.trim(text) == "")))


def _wrapped_json(record: str, options: dict[str, str]) -> Column:
    text = F.concat(F.lit('{"r":['), F.col(_VALUE), F.lit('],"y":true}'))
    return F.from_json(text, f"r array<{record}>, y boolean, _corrupt string", options)


def _is_one(parsed: Column) -> Column:
    """Whether a wrapped text was exactly one value that is not null."""
    complete = parsed.getField("_corrupt").isNull() & F.coalesce(parsed.getField("y"), F.lit(False))
    one = (F.size(parsed.getField("r")) == 1) & F.get(parsed.getField("r"), F.lit(0)).isNotNull()
    return F.coalesce(complete & one, F.lit(False))


def _reason() -> Column:
    """Why a record is rejected, NULL where it is not; the second look is only where the first one failed."""
    typed, loose = F.col("__typed"), _wrapped_json("map<string,string>", _STRICT)
    any_value = _wrapped_json("string", _STRICT)
    valid = F.coalesce(any_value.getField("_corrupt").isNull() & any_value.getField("y"), F.lit(False))
    return (
        F.when(F.col(_VALUE).isNull() | (F.trim(_VALUE) == ""), "empty record")
        .when(~F.expr(f"is_valid_utf8({_VALUE})"), "not valid UTF-8")
        .when(_is_one(typed), None)
        .when(typed.getField("_corrupt").isNotNull() & _is_one(loose), None)
        .when(valid & (F.size(any_value.getField("r")) == 1), "not a JSON object")
        .otherwise("not valid JSON")
    )


def _rescue(read: Read) -> Column:
    """The values that did not fit their types, as JSON: path to raw text; NULL where there are none."""
    typed = F.get(F.col("__typed.r"), F.lit(0))
    raw = F.from_json(_VALUE, "map<string,string>", _STRICT)
    found = F.concat(
        *(
            _misfits(typed.getField(name), raw.getItem(name), kind, F.lit(name))
            for name, kind in struct_of(read.columns).fields
        )
    )
    return F.when(F.size(found) > 0, F.to_json(F.map_from_entries(found)))


def _misfits(typed: Column, raw: Column, kind: DataType, path: Column) -> Column:
    """The places (path, raw text) at or below a value where the text has something, the value not."""
    nothing = F.array().cast("array<struct<path:string,raw:string>>")
    here = F.array(F.struct(path.alias("path"), raw.alias("raw")))
    lost = F.when(typed.isNull() & raw.isNotNull(), here)
    match kind:
        case Struct(fields=fields):
            inside = F.from_json(raw, "map<string,string>", _STRICT)
            below = F.concat(
                *(
                    _misfits(
                        typed.getField(name), inside.getItem(name), inner, F.concat(path, F.lit(f".{name}"))
                    )
                    for name, inner in fields
                )
            )
            return lost.when(raw.isNotNull(), below).otherwise(nothing)
        case Array(item=item):
            elements = F.from_json(raw, "array<string>", _STRICT)
            below = F.flatten(
                F.transform(
                    typed,
                    lambda value, at: _misfits(
                        value,
                        F.get(elements, at),
                        item,
                        F.concat(path, F.lit("["), at.cast("string"), F.lit("]")),
                    ),
                )
            )
            return lost.when(raw.isNotNull(), below).otherwise(nothing)
        case _:
            return lost.otherwise(nothing)


def _unknown_fields(names: list[str]) -> Column:
    """The names of undeclared fields of a record in the sample, joined; NULL for every other record."""
    in_sample = F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1)) < _SAMPLE
    known = F.array(*map(F.lit, names))
    unknown = F.array_except(F.json_object_keys(_VALUE), known)
    return F.when(
        in_sample & F.col(REASON).isNull() & (F.size(unknown) > 0), F.array_join(unknown, _SEPARATOR)
    )


def _metrics() -> dict[str, Column]:
    count = F.count(F.lit(1))
    return {
        "read": count,
        "accepted": F.sum(F.col(REASON).isNull().cast("bigint")),
        "rejected": F.sum(F.col(REASON).isNotNull().cast("bigint")),
        # Classic Spark hands an observed array over as a Java object, text as text.
        "unknown": F.array_join(F.collect_set(_UNKNOWN), _SEPARATOR),
    }


def unknown_names(found: str | None) -> tuple[str, ...]:
    """The field names in what was counted as `unknown`, sorted."""
    return tuple(sorted({name for name in (found or "").split(_SEPARATOR) if name}))
