"""Steps that change columns and keep every row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DataType,
    MapType,
    NullType,
    StructType,
    VariantType,
)

from lakemesh.names import quote
from lakemesh.transform.failures import Unfit
from lakemesh.transform.paths import change, expression, item, metadata_of, put, require

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakemesh.run import Run
    from lakemesh.spec.steps import Derive, Drop, Flatten, Pseudonymise, Rename, Select

_BLOCK = 64
_INNER, _OUTER = "_lakemesh_inner", "_lakemesh_outer"


def select(frame: DataFrame, step: Select, run: Run) -> DataFrame:
    """The columns that the step names, in its order, and the metadata columns behind them."""
    items = [item(frame, words, run) for words in step.columns]
    taken = {name.lower() for name in frame.select(*items).columns}
    carried = [name for name in metadata_of(frame.columns) if name.lower() not in taken]
    return frame.select(*items, *map(_column, carried))


def rename(frame: DataFrame, step: Rename) -> DataFrame:
    """The frame with columns under new names, all at once, so that two may change places."""
    names = {}
    for old, new in step.columns.items():
        place = require(frame, old)
        if not place.is_top:
            raise Unfit(f"'{old}' is a field of a struct: flatten it, or derive the struct anew")
        names[place.path[0]] = new
    return frame.select(*(_column(name).alias(names.get(name, name)) for name in frame.columns))


def derive(frame: DataFrame, step: Derive, run: Run) -> DataFrame:
    """The frame with columns by SQL expressions, one after the other: a later one may read an earlier one."""
    for name, sql in step.columns.items():
        frame = put(frame, name, expression(sql, run))
    return frame


def drop(frame: DataFrame, step: Drop) -> DataFrame:
    """The frame without some columns, or without fields of its structs."""
    places = [require(frame, words) for words in step.columns]
    for place in (place for place in places if not place.is_top):
        if place.arrays:
            raise Unfit(f"'{place.words}' stands below an array: explode it first")
        top = place.path[0]
        frame = frame.withColumn(top, _column(top).dropFields(place.within))
    gone = {place.path[0] for place in places if place.is_top}
    kept = [name for name in frame.columns if name not in gone]
    if not kept:
        raise Unfit("it leaves no column")
    return frame.select(*map(_column, kept))


def flatten(frame: DataFrame, step: Flatten) -> DataFrame:
    """The frame with structs replaced, where they stand, by their fields and those of the structs in them.

    Without `columns` that is every struct but the metadata; a struct that is NULL gives NULLs.
    """
    named = [require(frame, words) for words in step.columns]
    for place in named:
        if not (place.is_top and isinstance(place.kind, StructType)):
            raise Unfit(f"'{place.words}' is {place.kind.simpleString()}, not a struct that is a column")
    carried = metadata_of(frame.columns)
    chosen = {place.path[0] for place in named} or set(frame.columns).difference(carried)
    columns: list[Column] = []
    for field in frame.schema.fields:
        column = _column(field.name)
        if field.name in carried or field.name not in chosen:
            columns.append(column)
        if field.name in chosen:
            columns.extend(_leaves(column, field.name, field.dataType, step.separator))
    return frame.select(*columns)


def pseudonymise(frame: DataFrame, step: Pseudonymise, run: Run) -> DataFrame:
    """The frame with values replaced by HMAC-SHA-256 of their text under the salt, as 64 hex characters.

    RFC 2104: H(K xor opad, H(K xor ipad, text)). Equal texts give equal pseudonyms, NULL stays NULL, an array
    is replaced element by element.
    """
    places = {words: require(frame, words) for words in step.columns}
    inner, outer = _pads(run.secrets.get(step.salt.secret))
    # Spark prints literals into plans, its UI and its event log. It prints no value of a local table, so the
    # key reaches the expression as a scalar subquery over one.
    pads = run.session.createDataFrame(pa.table({"inner": [inner], "outer": [outer]}))
    frame = frame.withColumn(_INNER, pads.select("inner").scalar())
    frame = frame.withColumn(_OUTER, pads.select("outer").scalar())
    for words, place in places.items():
        frame = change(frame, place, partial(_pseudonym, kind=place.kind, words=words))
    return frame.drop(_INNER, _OUTER)


def redaction_pattern(secret: str = "") -> str:
    """A pattern for `spark.sql.redaction.string.regex` that hides binary literals as Spark prints them.

    It is the same for every secret: a pattern that held the key's own bytes would publish them as a setting.
    Steps put no key into a plan as a literal; this guards against an optimiser that would.
    """
    return r"(?i)(?:0x|X')[0-9a-f]{32,}'?"


def _column(name: str) -> Column:
    return F.col(quote(name))


def _leaves(column: Column, name: str, kind: DataType, separator: str) -> Iterator[Column]:
    if not isinstance(kind, StructType):
        yield column.alias(name)
        return
    for field in kind.fields:
        yield from _leaves(
            column.getField(field.name), f"{name}{separator}{field.name}", field.dataType, separator
        )


def _pads(secret: str) -> tuple[bytes, bytes]:
    """The key, hashed where it is longer than a block, under RFC 2104's two masks."""
    key = secret.encode()
    key = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def _pseudonym(value: Column, kind: DataType, words: str) -> Column:
    if isinstance(kind, ArrayType):
        return F.transform(value, lambda each: _pseudonym(each, kind.elementType, words))
    if isinstance(kind, StructType | MapType | VariantType | NullType):
        raise Unfit(f"'{words}' is {kind.simpleString()}: only a value that has a text can be pseudonymised")
    text = value if isinstance(kind, BinaryType) else value.cast("string").cast("binary")
    digest = F.unhex(F.sha2(F.concat(F.col(_INNER), text), 256))
    return F.sha2(F.concat(F.col(_OUTER), digest), 256)
