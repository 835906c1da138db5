"""Delta tables: made empty as the spec says, evolved by addition, appended to, overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.errors import RunError, SchemaConflict
from lakemesh.names import quote, quote_path, quote_text
from lakemesh.plan.stages import SAID
from lakemesh.spec.types import Array, DataType, Map, Struct
from lakemesh.write.comments import comment, described, found_comments, wanted_comments
from lakemesh.write.commits import Commit, Txn, find_commit, mark, require_commit
from lakemesh.write.reshape import reshape, target_of
from lakemesh.write.shape import struct_from
from lakemesh.write.versions import holds_files, is_there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameWriter, Row, SparkSession

    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Land

REWRITTEN = "lakemesh: columns renamed or widened, no row changed"
"""The userMetadata of a commit that writes a table again."""

_ODD = set(" ,;{}()\n\t=")


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a commit reports of a batch's rows in one output. All terms count offered rows."""

    version: int
    offered: int
    inserted: int
    updated: int = 0
    deleted: int = 0
    stale: int = 0
    conflicts: int = 0


@dataclass(frozen=True)
class Found:
    """A table as it stands: its columns, and whether it has any file of data."""

    columns: Struct
    comments: dict[tuple[str, ...], str]
    is_empty: bool
    comment: str
    clustering: tuple[str, ...]
    properties: dict[str, str]


def ensure_table(session: SparkSession, land: Land, shape: Struct) -> Found:
    """The output's table, made empty or evolved until it has the shape and says what the spec says.

    Raises SchemaConflict where the table's columns cannot become the shape by renames that the contract tells
    of, by wider types, and by additions.
    """
    found = find_table(session, land.table)
    if found is None:
        session.sql(create_table_sql(land, shape))
        return Found(shape, {}, True, land.comment, land.port.cluster_by, {})
    found = _conform(session, land, shape, found)
    for statement in changes(land, shape, found):
        session.sql(statement)
    return found


def find_table(session: SparkSession, table: Place) -> Found | None:
    """The table as it stands; None where there is none."""
    if table.folder is not None and not is_there(session, table):
        return None
    try:
        detail = session.sql(f"DESCRIBE DETAIL {table.sql}").first()
    except Exception as error:
        if _says_missing(str(error)):
            return None
        raise
    if detail is None or detail["format"] != "delta":
        return None
    schema = load(session, table).schema
    return Found(
        struct_from(schema),
        dict(found_comments(schema)),
        detail["numFiles"] == 0,
        detail["description"] or "",
        tuple(detail["clusteringColumns"] or ()),
        _properties(detail),
    )


def _conform(session: SparkSession, land: Land, wanted: Struct, found: Found) -> Found:
    """The table as found, or written again with its columns renamed and widened as the contract says.

    The tables beside it go first: while this one stands as it was, a run that was killed begins again.
    """
    columns = land.columns or ()
    target = target_of(found.columns, wanted, columns) if columns else found.columns
    if target == found.columns:
        return found
    list(_additions(land, wanted, target, ()))  # what cannot be is refused before anything is changed
    for place in (land.quarantine, land.tombstones):
        beside = find_table(session, place)
        if beside is not None:
            _write_again(session, place, beside.columns, target_of(beside.columns, wanted, columns))
    _write_again(session, land.table, found.columns, target)
    return find_table(session, land.table) or found


def _write_again(session: SparkSession, table: Place, found: Struct, target: Struct) -> None:
    if target != found:
        frame = reshape(load(session, table), found, target)
        writer = frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
        save(writer.option("userMetadata", REWRITTEN), table)


def append(frame: DataFrame, table: Place, txn: Txn, replayed: bool = False) -> Written:
    """Add the frame's rows in one commit, once for each identity."""
    return _write(frame, table, frame.write.format("delta").mode("append"), txn, replayed)


def append_first(frame: DataFrame, table: Place, txn: Txn) -> Written:
    """Add the frame's rows to a table that was found empty, so that none of them can meet another.

    Raises RunError where another writer came between.
    """
    done = append(frame, table, txn)
    require_first(frame.sparkSession, table, done.version)
    return done


def require_first(session: SparkSession, table: Place, version: int) -> None:
    """Nothing. Raises RunError where a table held rows before the commit that took it for empty."""
    if version > 0 and holds_files(session, table, version - 1):
        raise RunError(
            f"{table.name} was empty when the batch looked, and another writer put rows into it before the"
            " batch did: keys may stand in it twice. Let nobody else write to it, put it back with lakemesh"
            " restore, and run again."
        )


def overwrite(
    frame: DataFrame, table: Place, txn: Txn, replayed: bool = False, where: str = "true"
) -> Written:
    """Replace the rows of a slice, or all, by the frame's in one commit, once for each identity."""
    # replaceWhere keeps the table's clustering, which a plain overwrite of a Delta 4.0 table forgets.
    writer = frame.write.format("delta").mode("overwrite").option("replaceWhere", where)
    return _write(frame, table, writer, txn, replayed)


def _write(frame: DataFrame, table: Place, writer: DataFrameWriter, txn: Txn, replayed: bool) -> Written:
    session = frame.sparkSession
    commit = find_commit(session, table, txn, replayed) if replayed else None
    if commit is None:
        save(mark(writer, txn), table)
        commit = require_commit(session, table, txn)
    return written(commit)


def written(commit: Commit) -> Written:
    """The counts of a commit that only adds rows; those that a slice left as they were, it wrote again."""
    rows = commit.count("numOutputRows") - commit.count("numCopiedRows")
    return Written(version=commit.version, offered=rows, inserted=rows)


def save(writer: DataFrameWriter, table: Place) -> None:
    """Run the write, into a folder or a table of the catalog."""
    if table.platform == "local":
        writer.save(table.location)
    else:
        writer.saveAsTable(table.sql)


def load(session: SparkSession, table: Place, version: int | None = None) -> DataFrame:
    """The table as it stands, or stood at a version."""
    reader = session.read.format("delta")
    reader = reader if version is None else reader.option("versionAsOf", version)
    return reader.load(table.location) if table.platform == "local" else reader.table(table.sql)


def _says_missing(text: str) -> bool:
    marks = (
        "PATH_NOT_FOUND",
        "PATH_DOES_NOT_EXIST",
        "TABLE_OR_VIEW_NOT_FOUND",
        "MISSING_DELTA_TABLE",
        "NOT_A_DELTA_TABLE",
    )
    return any(mark in text for mark in marks)


def _properties(detail: Row) -> dict[str, str]:
    return dict(detail["properties"] or {})


def create_table_sql(land: Land, shape: Struct) -> str:
    """SQL that makes the table as its contract says, where it is not there yet."""
    said = {column.name: column for column in land.columns or ()}
    columns = ", ".join(
        f"{quote(name)} {described(said[name])}{comment(said[name].description)}"
        if name in said
        else f"{quote(name)} {kind.ddl}"
        for name, kind in shape.fields
    )
    properties = {**mapping_for(shape), **land.properties}
    pairs = ", ".join(f"{quote_text(key)} = {quote_text(value)}" for key, value in properties.items())
    cluster = f" CLUSTER BY ({_list(land.port.cluster_by)})" if land.port.cluster_by else ""
    return (
        f"CREATE TABLE IF NOT EXISTS {land.table.sql} ({columns}) USING delta{comment(land.comment)}"
        f"{f' TBLPROPERTIES ({pairs})' if pairs else ''}{cluster}"
    )


def changes(land: Land, shape: Struct, found: Found) -> Iterator[str]:
    """The SQL statements that bring a table to what its spec says; none where it is there already."""
    table = land.table.sql
    added = list(_additions(land, shape, found.columns, ()))
    for path, kind in added:
        yield f"ALTER TABLE {table} ADD COLUMNS ({_dotted(path)} {kind.ddl})"
    for path, text in _comments(land, found):
        yield f"ALTER TABLE {table} ALTER COLUMN {_dotted(path)} COMMENT {quote_text(text)}"
    if found.comment != land.comment:
        yield f"COMMENT ON TABLE {table} IS {quote_text(land.comment)}"
    if found.clustering != land.port.cluster_by:
        columns = f"({_list(land.port.cluster_by)})" if land.port.cluster_by else "NONE"
        yield f"ALTER TABLE {table} CLUSTER BY {columns}"
    changed = {key: value for key, value in land.properties.items() if found.properties.get(key) != value}
    if changed:
        pairs = ", ".join(f"{quote_text(key)} = {quote_text(value)}" for key, value in changed.items())
        yield f"ALTER TABLE {table} SET TBLPROPERTIES ({pairs})"
    gone = [key for key in _said_before(found) if key in found.properties and key not in land.properties]
    if gone:
        yield f"ALTER TABLE {table} UNSET TBLPROPERTIES ({', '.join(map(quote_text, gone))})"


def _comments(land: Land, found: Found) -> Iterator[tuple[tuple[str, ...], str]]:
    """The comments that differ from the contract's; one that the contract no longer has is taken away."""
    if land.columns is None:
        return
    wanted = dict(wanted_comments(land.columns))
    for path in dict.fromkeys((*found.comments, *wanted)):
        if found.comments.get(path, "") != wanted.get(path, ""):
            yield path, wanted.get(path, "")


def _said_before(found: Found) -> list[str]:
    """The properties that the spec of an earlier run gave the table."""
    return [*found.properties.get(SAID, "").split(","), SAID]


def _additions(
    land: Land, wanted: DataType, found: DataType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], DataType]]:
    """The columns and fields that a table lacks. Raises SchemaConflict where the rest differs."""
    match wanted, found:
        case Struct(), Struct():
            gone = [name for name in found.names if wanted.get(name) is None]
            if gone:
                raise SchemaConflict(_removed(land, (*path, gone[0])))
            for name, kind in wanted.fields:
                there = found.get(name)
                if there is None:
                    yield (*path, name), kind
                else:
                    yield from _additions(land, kind, there, (*path, name))
        case Array(item), Array(there):
            yield from _additions(land, item, there, (*path, "element"))
        case Map(key, value), Map(there_key, there) if key == there_key:
            yield from _additions(land, value, there, (*path, "value"))
        case _ if wanted != found:
            raise SchemaConflict(_differs(land, path, wanted, found))


def _removed(land: Land, path: tuple[str, ...]) -> str:
    return (
        f"output '{land.name}': the table {land.table.name} has the column '{'.'.join(path)}', and the schema"
        " has not. Consumers read it: keep it in the schema, or raise the product's major version."
    )


def _differs(land: Land, path: tuple[str, ...], wanted: DataType, found: DataType) -> str:
    there, here = found.ddl.replace("`", ""), wanted.ddl.replace("`", "")
    return (
        f"output '{land.name}': column '{'.'.join(path)}' is {there} in the table {land.table.name}"
        f" and {here} in the schema. A column's type is not changed in place: mend the schema,"
        " add a column under another name, or raise the product's major version."
    )


def mapping_for(shape: Struct) -> dict[str, str]:
    """The property with which a new table holds fields of any name, where there are such."""
    return {"delta.columnMapping.mode": "name"} if any(_ODD & set(one) for one in _all_names(shape)) else {}


def _all_names(kind: DataType) -> Iterator[str]:
    match kind:
        case Struct(fields=fields):
            for name, inner in fields:
                yield name
                yield from _all_names(inner)
        case Array(item=item):
            yield from _all_names(item)
        case Map(value=value):
            yield from _all_names(value)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(map(quote, path))


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quote_path, columns))
