"""JSON records: each parsed once by its declared columns, and looked at twice only where it does not fit.

A record is one valid UTF-8 JSON object. Its text is parsed inside `{"w":{"r":[` and `],"<seal>":[]}}`: what
stands before or after an object, a second object on the line, an array or a torn bracket then shows in the
one parse that is done anyway. A text that closes the brackets itself leaves a third key beside the two, or
none of the seal, which is the run's own.
Spark's own readers take the first object of a line and drop the rest of it in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.read.misfits import as_json, joined_paths, misfits, unknown_fields
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import Array, DataType, Map, Primitive

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
FROZEN, END_OF_FROZEN = "lakemesh-frozen:", ":end-of-frozen"
FOUND = "lakemesh.found"
"""The key in a column's metadata that tells a field which earlier runs found."""
_VALUE = "__value"
_UNKNOWN = "__unknown"
_TYPED = "__typed"
_MISFITS = "__misfits"
_EXTRA = "__extra"
HIDDEN = (_VALUE, REASON, _UNKNOWN)
STRICT = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "_corrupt",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}
_LOOSE = Map(Primitive("string"), Primitive("string"))
_MARK = "\ufeff"
# How many records of each partition are looked at for fields that the port does not declare.
_SAMPLE = 100
_SEPARATOR = "\x1f"
# try_parse_json has nothing for a longer text, whatever stands in it.
_LONGEST_VARIANT = 16_000_000


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


@dataclass(frozen=True)
class _Seal:
    """The wrapper of a run's records, and what a text in it turned out to be."""

    name: str

    def parsed(self, text: Column, kind: DataType, options: dict[str, str]) -> Column:
        """The wrapped text, its values read as one type: w (a map of arrays) and _corrupt."""
        wrapped = F.concat(F.lit('{"w":{"r":['), text, F.lit(f'],"{self.name}":[]}}}}'))
        return F.from_json(wrapped, f"w map<string,array<{kind.ddl}>>, _corrupt string", options)

    def record(self, parsed: Column) -> Column:
        """The first value of a wrapped text."""
        return F.get(parsed.getField("w").getItem("r"), F.lit(0))

    def holds_one(self, parsed: Column) -> Column:
        """Whether the text between the wrapper's brackets was exactly one value."""
        values = parsed.getField("w")
        sealed = (F.size(values) == 2) & values.getItem(self.name).isNotNull()  # noqa: PLR2004
        return F.coalesce(sealed & (F.size(values.getItem("r")) == 1), F.lit(False))

    def is_one(self, parsed: Column) -> Column:
        """Whether it was one value of the type, not null, with nothing amiss."""
        return parsed.getField("_corrupt").isNull() & self.record(parsed).isNotNull() & self.holds_one(parsed)


def parse(
    read: Read, port: Blob | EventHub, raw: DataFrame, run: Run
) -> tuple[DataFrame, Column, dict[str, Column]]:
    """Raw records (value, _source) with the port's columns, `_rescued_data`, `__reason`; and its counts."""
    seal = _Seal(f"end-{run.run_id}")
    options = {**STRICT, **({"timestampFormat": port.timestamp_format} if port.timestamp_format else {})}
    shaped = _records(raw, isinstance(port, Blob) and port.multi_line, seal)
    typed = shaped.withColumn(_TYPED, seal.parsed(F.col(_VALUE), read.fields, options))
    judged = typed.withColumn(REASON, _reason(seal, port))
    looked = _look_twice(read, port, judged, seal)
    record = seal.record(F.col(_TYPED))
    frame = looked.select(
        *(record.getField(column.name).alias(column.name) for column in read.columns),
        *(record.getField(name).alias(name, metadata={FOUND: True}) for name in read.evolved),
        "_source",
        _rescued(port).alias("_rescued_data"),
        _VALUE,
        REASON,
        _UNKNOWN,
    )
    return frame, F.col(REASON), _metrics()


def rejected(frame: DataFrame) -> DataFrame:
    """The records that did not parse: _raw (made valid UTF-8), _reason, _source."""
    return frame.where(F.col(REASON).isNotNull()).select(
        F.expr(f"make_valid_utf8({_VALUE})").alias("_raw"), F.col(REASON).alias("_reason"), "_source"
    )


def judge_rows(frame: DataFrame) -> tuple[DataFrame, Column, dict[str, Column]]:
    """Rows of a table as records that parsed, each with its own text; and their counts."""
    data = [F.col(quote(name)) for name in frame.columns if name != "_source"]
    judged = frame.withColumns(
        {
            _VALUE: F.to_json(F.struct(*data)),
            REASON: F.lit(None).cast("string"),
            _UNKNOWN: F.lit(None).cast("string"),
        }
    )
    return judged, F.col(REASON), _metrics()


def empty(read: Read, run: Run) -> DataFrame:
    """A frame of the port's columns and metadata without a row."""
    columns = [f"{quote(name)} {kind.ddl}" for name, kind in read.fields.fields]
    return run.session.createDataFrame([], ", ".join([*columns, f"_source {SOURCE}", "_rescued_data string"]))


def _records(raw: DataFrame, whole: bool, seal: _Seal) -> DataFrame:
    """One row a record: a blank line is none, a byte order mark no part of it, a document may be an array."""
    text = F.col("value")
    bare = F.when(text.startswith(_MARK), F.substr(text, F.lit(2))).otherwise(text)
    frame = raw.withColumn(_VALUE, bare).drop("value")
    text = F.col(_VALUE)
    if whole:
        parsed = seal.parsed(text, Array(Primitive("string")), STRICT)
        is_array = F.ltrim(text).startswith("[") & seal.is_one(parsed)
        return frame.withColumn(
            _VALUE, F.explode(F.when(is_array, seal.record(parsed)).otherwise(F.array(text)))
        )
    from_file = F.col("_source.sequence_number").isNull()
    return frame.where(~(from_file & (F.trim(text) == "")))


def _reason(seal: _Seal, port: Blob | EventHub) -> Column:
    """Why a record is rejected, NULL where it is not; the second look is only where the first one failed."""
    text, typed = F.col(_VALUE), F.col(_TYPED)
    loose, any_value = seal.parsed(text, _LOOSE, STRICT), seal.parsed(text, Primitive("string"), STRICT)
    valid = any_value.getField("_corrupt").isNull() & seal.holds_one(any_value)
    starts_array = F.ltrim(text).startswith("[")
    lines = isinstance(port, Blob) and not port.multi_line
    torn = "not valid JSON: a JSON array over several lines? multiLine: true reads one"
    # Of a name said twice Spark keeps the last value that fits, which may be neither the first nor the last.
    twice = (F.length(text) < _LONGEST_VARIANT) & F.expr(f"try_parse_json({_VALUE})").isNull()
    return (
        F.when(text.isNull() | (F.trim(text) == ""), "empty record")
        .when(~F.expr(f"is_valid_utf8({_VALUE})"), "not valid UTF-8")
        .when(seal.is_one(typed), None)
        .when(typed.getField("_corrupt").isNotNull() & seal.is_one(loose), F.when(twice, "a name said twice"))
        .when(valid & starts_array, "a JSON array, not a JSON object")
        .when(valid, "not a JSON object")
        .when(F.lit(lines) & starts_array, torn)
        .otherwise("not valid JSON")
    )


def _look_twice(read: Read, port: Blob | EventHub, judged: DataFrame, seal: _Seal) -> DataFrame:
    """The records with what did not fit, the fields that are not declared, and what the port says of both."""
    parsed = F.col(REASON).isNull()
    record, fields = seal.record(F.col(_TYPED)), read.fields
    torn = F.col(f"{_TYPED}._corrupt").isNotNull() & parsed
    found = judged.withColumn(_MISFITS, F.when(torn, misfits(record, F.col(_VALUE), fields)))
    if port.on_schema_change == "ignore":
        return found.withColumn(_UNKNOWN, _sampled(fields.names))
    found = found.withColumn(_EXTRA, F.when(parsed, unknown_fields(F.col(_VALUE), fields)))
    names = found.withColumn(_UNKNOWN, joined_paths(_EXTRA, _SEPARATOR))
    if port.on_schema_change == "discard_row":
        return names.withColumn(REASON, F.coalesce(REASON, _complaint()))
    if port.on_schema_change == "freeze":
        said = F.concat(F.lit(FROZEN), _complaint(), F.lit(" in "), _origin(), F.lit(END_OF_FROZEN))
        return names.withColumn(
            REASON, F.when(_complaint().isNotNull(), F.raise_error(said)).otherwise(F.col(REASON))
        )
    return names


def _complaint() -> Column:
    """What a port that takes nothing new says of a record: the fields of the wrong type, the unknown ones."""
    wrong = F.concat(F.lit("wrong type: "), joined_paths(_MISFITS, ", "))
    unknown = F.concat(F.lit("unknown field: "), joined_paths(_EXTRA, ", "))
    said = F.concat_ws("; ", wrong, unknown)
    return F.when(said != "", said)


def _origin() -> Column:
    """Where a record came from, as text."""
    source = F.col("_source")
    event = F.concat(F.lit("event "), source["sequence_number"], F.lit(" of partition "), source["partition"])
    return F.concat_ws(", ", event, source["path"])


def _rescued(port: Blob | EventHub) -> Column:
    """`_rescued_data`: path to raw text of what did not fit, and of what the port keeps without declaring."""
    if port.on_schema_change not in ("evolve", "discard_value"):
        return F.when(F.col(_MISFITS).isNotNull(), as_json(F.col(_MISFITS)))
    nothing = F.array().cast("array<struct<path:string,raw:string>>")
    kept = F.concat(F.coalesce(_MISFITS, nothing), F.coalesce(_EXTRA, nothing))
    return as_json(kept)


def _sampled(names: tuple[str, ...]) -> Column:
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
