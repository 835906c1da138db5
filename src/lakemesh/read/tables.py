"""Other products' tables: a pinned snapshot, or their appended rows as a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.errors import ReadFailed
from lakemesh.names import CHANGE_TYPE, CHANGES
from lakemesh.plan.clock import pin_clock
from lakemesh.plan.composing import query_over
from lakemesh.read.records import source_struct

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Read, ViewSource
    from lakemesh.run import Run
    from lakemesh.spec.inputs import ProductInput

_MOST_FILES = 1000
_MISSING = (
    "PATH_DOES_NOT_EXIST",
    "PATH_NOT_FOUND",
    "MISSING_DELTA_TABLE",
    "DELTA_TABLE_ONLY_OPERATION",
    "NOT_FOUND",
)


def read_version(read: Read, version: int, run: Run) -> DataFrame:
    """The table as it was at a version, its `where` pushed down."""
    reader = run.session.read.format("delta").option("versionAsOf", version)
    return _filtered(_load(reader, read), read, run)


def read_view(read: Read, view: ViewSource, versions: Mapping[str, int], run: Run) -> DataFrame:
    """What a view gives over its tables as they were at versions."""
    frames: dict[str, Any] = {
        f"view{number}": _load(run.session.read.format("delta").option("versionAsOf", version), read, place)
        for number, (place, version) in enumerate(
            (place, versions[_pin(read, name)]) for name, place in view.tables.items()
        )
    }
    text = query_over(pin_clock(view.sql, run.clock, run.time_zone), tuple(view.tables))
    return _filtered(run.session.sql(text, **frames), read, run)


def current_versions(read: Read, run: Run) -> dict[str, int]:
    """The versions at which the table stands now, or those behind a view, by the names of their pins.

    Raises ReadFailed where there is no table.
    """
    if read.view is None:
        return {read.name: current_version(read, run)}
    return {
        _pin(read, name): current_version(read.model_copy(update={"table": place}), run)
        for name, place in read.view.tables.items()
    }


def _pin(read: Read, table: str) -> str:
    return f"{read.name}.{table}"


def current_version(read: Read, run: Run) -> int:
    """The version at which the table stands now. Raises ReadFailed where there is none."""
    try:
        latest = _latest(_table(read), run)
    except Exception as error:
        raise _no_table(read, error) from None
    if latest is None:
        raise _no_table(read)
    return latest


def _latest(place: Place, run: Run) -> int | None:
    if place.folder is None:
        row = run.session.sql(f"DESCRIBE HISTORY {place.sql} LIMIT 1").first()
        return int(row["version"]) if row else None
    from deltalake import DeltaTable

    # The log of a folder tells it at once; DESCRIBE HISTORY takes Spark two jobs.
    return DeltaTable(place.folder).version() if DeltaTable.is_deltatable(place.folder) else None


def open_appends(read: Read, port: ProductInput, run: Run) -> DataFrame:
    """The rows that are appended to the table, as a stream with `_source`."""
    return _stream(read, port, run, {})


def open_changes(read: Read, port: ProductInput, run: Run) -> DataFrame:
    """The table's change feed as a stream: its rows, `_change_type`, `_commit_version`, `_source`.

    The table as it stands comes first, as inserts. What an update replaced is left out.
    """
    frame = _stream(read, port, run, {"readChangeFeed": "true"})
    return frame.where(F.col(CHANGE_TYPE) != "update_preimage").drop("_commit_timestamp")


def _stream(read: Read, port: ProductInput, run: Run, options: dict[str, str]) -> DataFrame:
    current_version(read, run)
    place = _table(read)
    reader = run.session.readStream.format("delta").options(**options)
    reader = reader.option("maxFilesPerTrigger", port.max_per_batch or _MOST_FILES)
    frame = reader.load(place.location) if place.platform == "local" else reader.table(place.sql)
    return frame.withColumn("_source", source_struct(read.name, run))


def wanted(read: Read, raw: DataFrame, run: Run) -> DataFrame:
    """The rows of a micro-batch that the port's `where` asks for; its present is the clock of the batch.

    Of a change feed every delete stays, and a row that an update took out of `where` becomes one.
    """
    where = getattr(read.port, "where", None)
    if getattr(read.port, "read", None) != "changes" or not where:
        return _filtered(raw, read, run)
    asked = F.coalesce(F.expr(pin_clock(where, run.clock, run.time_zone)), F.lit(False))
    left = (F.col(CHANGE_TYPE) == "update_postimage") & ~asked
    kept = raw.withColumn("__asked", asked).withColumn(
        CHANGE_TYPE, F.when(left, "delete").otherwise(F.col(CHANGE_TYPE))
    )
    return kept.where(F.col("__asked") | (F.col(CHANGE_TYPE) == "delete")).drop("__asked")


def empty(read: Read, run: Run) -> DataFrame:
    """A frame of the columns of the table, or of its change feed, without a row."""
    frame = _load(run.session.read.format("delta"), read).where(F.lit(False))
    if getattr(read.port, "read", None) == "changes":
        kinds = dict(zip(CHANGES, ("string", "bigint"), strict=True))
        frame = frame.withColumns({name: F.lit(None).cast(kind) for name, kind in kinds.items()})
    return frame.withColumn("_source", source_struct(read.name, run))


def _filtered(frame: DataFrame, read: Read, run: Run) -> DataFrame:
    where = getattr(read.port, "where", None)
    return frame.where(pin_clock(where, run.clock, run.time_zone)) if where else frame


def _load(reader: DataFrameReader, read: Read, table: Place | None = None) -> DataFrame:
    place = table or _table(read)
    try:
        return reader.load(place.location) if place.platform == "local" else reader.table(place.sql)
    except Exception as error:
        raise _no_table(read, error) from None


def _table(read: Read) -> Place:
    if read.table is None:
        raise ReadFailed(f"input '{read.name}' names no table")
    return read.table


def _no_table(read: Read, error: Exception | None = None) -> ReadFailed:
    product = getattr(read.port, "product", "")
    name = _table(read).name
    if error is None or any(mark in str(error) for mark in _MISSING):
        return ReadFailed(
            f"input '{read.name}' reads {name}, which has no table yet. Run it first: lakemesh run {product}"
        )
    return ReadFailed(f"input '{read.name}' cannot read {name}: {str(error).splitlines()[0]}")
