"""JSON records: each parsed once by its declared columns, and looked at twice only where it does not fit.

A record is one valid UTF-8 JSON object, parsed within a wrapper (seal.py).
Spark's own readers take the first object of a line and drop the rest of it in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.names import quote
from lakemesh.read.bodies import NOT_AVRO
from lakemesh.read.decimals import is_rounded, narrowed, widened, without_rounded
from lakemesh.read.digits import as_texts, has_doubles, marked, with_digits
from lakemesh.read.documents import split_documents
from lakemesh.read.misfits import as_json, joined_paths, let, misfits, object_of, plain, unknown_fields
from lakemesh.read.moments import doubtful, mended
from lakemesh.read.seal import STRICT, Seal, is_blank, starts_array
from lakemesh.read.surrogates import has_half_pair
from lakemesh.read.twice import said_last
from lakemesh.spec.inputs import Blob
from lakemesh.spec.types import Map, Primitive

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.plan.stages import Read
    from lakemesh.run import Run
    from lakemesh.spec.inputs import EventHub
    from lakemesh.spec.types import DataType

SOURCE = (
    "struct<port:string,path:string,size:bigint,modified:timestamp,partition:string,sequence_number:bigint,"
    "enqueued_time:timestamp,key:string,properties:string,run:string>"
)
REASON = "__reason"
FROZEN, END_OF_FROZEN = "lakemesh-frozen:", ":end-of-frozen"
FOUND = "lakemesh.found"
"""The key in a column's metadata that tells a field which earlier runs found."""
_VALUE = "__value"
_UNKNOWN = "__unknown"
_TYPED = "__typed"
_RECORD = "__record"
_TORN = "__torn"
_DOUBT = "__doubt"
_MISFITS = "__misfits"
_EXTRA = "__extra"
_BLURRED = "__blurred"
_SECOND = "__second"
_WRONG = f"{_SECOND}.{_MISFITS}"
_MISFIT = "__misfit"
HIDDEN = (_VALUE, REASON, _UNKNOWN, _MISFIT)
_SELDOM = "__seldom"
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


def parse(
    read: Read, port: Blob | EventHub, raw: DataFrame, run: Run, keep: Callable[[DataFrame], DataFrame]
) -> tuple[DataFrame, Column, dict[str, Column]]:
    """Raw records (value, _source) with the port's columns, `_rescued_data`, `__reason`; and its counts.

    What `keep` gives for the parsed records is what they are read from.
    """
    seal = Seal(f"end-{run.run_id}")
    options = {**STRICT, **({"timestampFormat": port.timestamp_format} if port.timestamp_format else {})}
    if isinstance(port, Blob) and port.multi_line:
        typed = split_documents(_bare(raw), _VALUE, _TYPED, widened(read.fields), seal, options)
    else:
        typed = _lines(raw).withColumn(_TYPED, seal.parsed(F.col(_VALUE), widened(read.fields), options))
    looked = _look_twice(read, port, _first_look(typed, read, port, seal), seal)
    record = F.when(F.col(_SECOND).isNotNull(), F.col(f"{_SECOND}.{_RECORD}")).otherwise(F.col(_RECORD))
    frame = looked.select(
        *(_value_of(record, column.name, column.data_type) for column in read.columns),
        *(record.getField(name).alias(name, metadata={FOUND: True}) for name in read.evolved),
        "_source",
        _seldom(read, port).alias(_SELDOM),
    )
    return _told_apart(keep(frame)), F.col(REASON), _metrics()


def _value_of(record: Column, name: str, kind: DataType) -> Column:
    return said_last(narrowed(record.getField(name), kind), kind).alias(name)


def _seldom(read: Read, port: Blob | EventHub) -> Column:
    """What is told of few records in one column, NULL for all others: that much less is kept of a batch."""
    seldom = F.struct(
        _rescued(port).alias("_rescued_data"),
        _told(read).alias(_VALUE),
        REASON,
        joined_paths(_EXTRA, _SEPARATOR).alias(_UNKNOWN),
        _is_any(_WRONG).alias(_MISFIT),
    )
    amiss = F.col(REASON).isNotNull() | _is_any(_EXTRA) | F.col(_SECOND).isNotNull()
    return seldom if read.rules else F.when(amiss, seldom)


def _told_apart(frame: DataFrame) -> DataFrame:
    """The records with a column for each thing that is told of them."""
    told = {name: F.col(f"{_SELDOM}.{name}") for name in ("_rescued_data", *HIDDEN)}
    misfit = F.coalesce(told[_MISFIT], F.lit(False))
    return frame.withColumns({**told, _MISFIT: misfit}).drop(_SELDOM)


def _told(read: Read) -> Column:
    """The text of a record, as long as it may be told of: a rule of the port may yet reject it."""
    return F.col(_VALUE) if read.rules else F.when(F.col(REASON).isNotNull(), F.col(_VALUE))


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
            _MISFIT: F.lit(False),
        }
    )
    return judged, F.col(REASON), _metrics()


def empty(read: Read, run: Run) -> DataFrame:
    """A frame of the port's columns and metadata without a row."""
    columns = [f"{quote(name)} {kind.ddl}" for name, kind in read.fields.fields]
    return run.session.createDataFrame([], ", ".join([*columns, f"_source {SOURCE}", "_rescued_data string"]))


def _bare(raw: DataFrame) -> DataFrame:
    """The records as `__value`, without a byte order mark."""
    text = F.col("value")
    bare = F.when(text.startswith(_MARK), F.substr(text, F.lit(2))).otherwise(text)
    return raw.withColumn(_VALUE, bare).drop("value")


def _lines(raw: DataFrame) -> DataFrame:
    """One row a record: a blank line of a file is none."""
    from_file, text = F.col("_source.sequence_number").isNull(), F.col(_VALUE)
    # The first sign settles it for most records.
    return _bare(raw).where(text.isNull() | text.startswith("{") | ~(from_file & is_blank(text)))


def _reason(seal: Seal, port: Blob | EventHub) -> Column:
    """Why a record is rejected, NULL where it is not; the second look is only where the first one failed."""
    text, typed = F.col(_VALUE), F.col(_TYPED)
    loose, any_value = seal.parsed(text, _LOOSE, STRICT), seal.parsed(text, Primitive("string"), STRICT)
    valid = any_value.getField("_corrupt").isNull() & seal.holds_one(any_value)
    opens = starts_array(text)
    lines = isinstance(port, Blob) and not port.multi_line
    torn = "not valid JSON: a JSON array over several lines? multiLine: true reads one"
    is_torn = text.startswith("{")  # it would have been an object, and is not looked at a third time
    # Of a name said twice Spark keeps the last value that fits, which may be neither the first nor the last.
    twice = (F.length(text) < _LONGEST_VARIANT) & F.expr(f"try_parse_json({_VALUE})").isNull()
    is_text = F.is_valid_utf8(text)
    return (
        F.when(is_text & ~has_half_pair(text) & seal.is_one(typed), None)
        .when(text.isNull() | is_blank(text), "empty record")
        .when(~is_text, "not valid UTF-8")
        .when(has_half_pair(text) & valid, "half of a surrogate pair")
        .when(typed.getField("_corrupt").isNotNull() & seal.is_one(loose), F.when(twice, "a name said twice"))
        .when(is_torn, "not valid JSON")
        .when(valid & opens, "a JSON array, not a JSON object")
        .when(valid, "not a JSON object")
        .when(F.lit(lines) & opens, torn)
        .when(F.lit(port.format != "json") & text.startswith(NOT_AVRO), "not valid Avro")
        .otherwise("not valid JSON")
    )


def _first_look(typed: DataFrame, read: Read, port: Blob | EventHub, seal: Seal) -> DataFrame:
    """The records as they parsed, with their reasons, and whether one is to be looked at again.

    Torn: a value did not fit. Doubted: a moment that nobody may have meant, a number that would be rounded.
    Blurred: a text of a number that may have lost digits.
    """
    text, first = F.col(_VALUE), seal.record(F.col(_TYPED))
    loose = doubtful(first, text, read.fields, bool(port.timestamp_format))
    doubts = [one for one in (loose, is_rounded(first, read.fields)) if one is not None]
    blurred = has_doubles(first, text, read.fields)
    # The typed column is let go of here: each projection copies all that it holds.
    return typed.withColumns(
        {
            REASON: _reason(seal, port),
            _RECORD: first,
            _TORN: F.col(f"{_TYPED}._corrupt").isNotNull(),
            _DOUBT: reduce(or_, (F.coalesce(one, F.lit(False)) for one in doubts), F.lit(False)),
            _BLURRED: F.lit(False) if blurred is None else blurred,
        }
    ).drop(_TYPED)


def _second_look(read: Read, seal: Seal, formatted: bool) -> Column:
    """What was meant by a record that is looked at again, and what in it did not fit; NULL for all others."""
    fields, text, record = read.fields, F.col(_VALUE), F.col(_RECORD)
    torn, blurred = F.col(_TORN) | F.col(_DOUBT), F.col(_BLURRED)
    strict = without_rounded(mended(record, text, fields, formatted), fields)
    sound = F.when(F.col(_DOUBT), strict).otherwise(record)

    def of_marked(said: Column) -> Column:
        exact = F.when(blurred, seal.record(seal.parsed(said, as_texts(fields), STRICT)))
        return let(sound, lambda kept: let(exact, lambda digits: of_both(said, kept, digits)))

    def of_both(said: Column, kept: Column, digits: Column) -> Column:
        meant = F.when(blurred, with_digits(kept, digits, fields)).otherwise(kept)
        places = F.when(torn, plain(misfits(kept, said, fields)))
        return F.struct(meant.alias(_RECORD), places.alias(_MISFITS))

    return F.when(F.col(REASON).isNull() & (torn | blurred), let(marked(text), of_marked))


def _look_twice(read: Read, port: Blob | EventHub, judged: DataFrame, seal: Seal) -> DataFrame:
    """The records with what did not fit, the fields that are not declared, and what the port says of both."""
    parsed, fields = F.col(REASON).isNull(), read.fields
    second = _second_look(read, seal, bool(port.timestamp_format))
    if port.on_schema_change == "ignore":
        sampled = F.when(parsed & _in_sample(), unknown_fields(F.col(_VALUE), fields))
        return judged.withColumns({_SECOND: second, _EXTRA: sampled})
    said = let(object_of(F.col(_VALUE)), lambda said: unknown_fields(F.col(_VALUE), fields, said))
    found = judged.withColumns({_SECOND: second, _EXTRA: F.when(parsed, said)})
    if _keeps(port):
        exact = F.when(_is_any(_EXTRA), plain(unknown_fields(marked(F.col(_VALUE)), fields)))
        return found.withColumn(_EXTRA, exact)
    if port.on_schema_change == "discard_row":
        return found.withColumn(REASON, F.coalesce(REASON, _complaint()))
    said = F.concat(F.lit(FROZEN), _complaint(), F.lit(" in "), _origin(), F.lit(END_OF_FROZEN))
    # Asked of the places, not of the words, which would be made of every record.
    amiss = _is_any(_WRONG) | _is_any(_EXTRA)
    return found.withColumn(REASON, F.when(amiss, F.raise_error(said)).otherwise(F.col(REASON)))


def _is_any(places: str) -> Column:
    return F.coalesce(F.size(places) > 0, F.lit(False))


def _complaint() -> Column:
    """What a port that takes nothing new says of a record: the fields of the wrong type, the unknown ones."""
    wrong = F.concat(F.lit("wrong type: "), joined_paths(_WRONG, ", "))
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
    if not _keeps(port):
        return F.when(F.col(_WRONG).isNotNull(), as_json(F.col(_WRONG)))
    nothing = F.array().cast("array<struct<path:string,raw:string>>")
    kept = F.concat(F.coalesce(_WRONG, nothing), F.coalesce(_EXTRA, nothing))
    return as_json(kept)


def _keeps(port: Blob | EventHub) -> bool:
    """Whether fields that nobody declared stand in `_rescued_data`."""
    return port.on_schema_change in ("evolve", "discard_value")


def _in_sample() -> Column:
    """Whether a record is among those of its partition that are looked at where no one asked for it."""
    return F.monotonically_increasing_id().bitwiseAND(F.lit((1 << 33) - 1)) < _SAMPLE


def _metrics() -> dict[str, Column]:
    count = F.count(F.lit(1))
    return {
        "read": count,
        "accepted": F.sum(F.col(REASON).isNull().cast("bigint")),
        "rejected": F.sum(F.col(REASON).isNotNull().cast("bigint")),
        "misfits": F.sum((F.col(_MISFIT) & F.col(REASON).isNull()).cast("bigint")),
        # Classic Spark hands an observed array over as a Java object, text as text.
        "unknown": F.array_join(F.collect_set(_UNKNOWN), _SEPARATOR),
    }


def unknown_names(found: str | None) -> tuple[str, ...]:
    """The field names in what was counted as `unknown`, sorted."""
    return tuple(sorted({name for name in (found or "").split(_SEPARATOR) if name}))
