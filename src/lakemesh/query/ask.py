"""A question in Databricks SQL, answered by DuckDB over the Delta tables that it names alone."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from lakemesh.errors import QueryError, did_you_mean, known_words
from lakemesh.query.answer import Answer
from lakemesh.query.tables import KnownTable, list_tables, open_table, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import duckdb
    from deltalake import DeltaTable

    from lakemesh.query.statement import Statement, TableRef
    from lakemesh.query.translate import Query, Table
    from lakemesh.spec.loader import Mesh

T = TypeVar("T")
# Set once everything is in place: from then on SQL reaches no file, no network, no extension and no setting.
_LOCKS = (
    "set python_enable_replacements = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
_PARTS = 3


def read_sql(mesh: Mesh, sql: str, limit: int | None = None) -> Answer:
    """What a query in Databricks SQL gives over `domain.product.port`, at most `limit` rows of it.

    Instants are shown in the mesh's time zone. Raises QueryError where the text is no query, does more than
    read, names a table that is not there, or cannot be answered.
    """
    import duckdb  # 0.1 s

    from lakemesh.query.expand import expand, views_of
    from lakemesh.query.look import describe, describe_view, show_tables
    from lakemesh.query.statement import read_statement  # sqlglot: 0.2 s
    from lakemesh.query.translate import translate

    tables = list_tables(mesh)
    known = {table.name: table for table in tables}
    views = views_of(mesh)
    if sql.strip().rstrip(";").lower().split() == ["show", "tables"]:
        return show_tables(tables, views)
    statement = read_statement(sql)
    described = ".".join(statement.tables[0].parts).lower() if statement.describes else ""
    if described and described not in views:
        return describe(_open(_known(statement.tables[0], known), None))
    statement = expand(read_statement(f"select * from {described}") if described else statement, views)
    with duckdb.connect(":memory:") as connection:
        named = _attach(connection, statement, known, mesh)
        _lock(connection, mesh.spec.time_zone)
        try:
            query = translate(statement.tree, named, mesh.spec.time_zone)
        except RecursionError:
            raise QueryError(
                "this is nested too deep to be answered: write less in one expression."
            ) from None
        return describe_view(mesh, described, query) if described else _ask(connection, query, limit)


def _attach(
    connection: duckdb.DuckDBPyConnection, statement: Statement, known: dict[str, KnownTable], mesh: Mesh
) -> dict[int, Table]:
    """The tables that the statement names, by the nodes that do; each is opened once and handed to DuckDB."""
    opened: dict[tuple[str, int | str | None], Table] = {}
    named = {}
    for ref in statement.tables:
        table = _known(ref, known)
        at = (table.name, ref.version)
        if at not in opened:
            found = _open(table, _moment(ref.version, mesh))
            opened[at] = _register(connection, found, f"_table_{len(opened)}", table.parts)
        named[id(ref.node)] = opened[at]
        ref.node.set("version", None)
    return named


def _register(
    connection: duckdb.DuckDBPyConnection, opened: DeltaTable, held: str, parts: tuple[str, ...]
) -> Table:
    from lakemesh.query.translate import Table
    from lakemesh.query.translate.types import of_delta

    connection.register(held, scan(opened))
    fields = json.loads(opened.schema().to_json())["fields"]
    columns = tuple((field["name"], of_delta(field["type"])) for field in fields)
    # By name: a dataset may hold its columns in another order than the log.
    listed = ", ".join(_quoted(column) for column, _ in columns)
    return Table(f"(SELECT {listed} FROM {_quoted(held)})", columns, parts)


def _known(ref: TableRef, known: dict[str, KnownTable]) -> KnownTable:
    said = ".".join(ref.parts)
    if len(ref.parts) == _PARTS and said.lower() in known:
        return known[said.lower()]
    ports = [name for name, table in known.items() if table.product and "__" not in name]
    hint = did_you_mean(said.lower(), known) or _by_last_part(ref.parts[-1].lower(), known)
    shape = "" if len(ref.parts) == _PARTS else " A table is named domain.product.port."
    raise QueryError(f"there is no table '{said}'.{shape}{known_words(ports)}{hint}")


def _by_last_part(part: str, names: Iterable[str]) -> str:
    found = next((name for name in names if name.rpartition(".")[2] == part), None)
    return f" Did you mean '{found}'?" if found else ""


def _open(table: KnownTable, version: int | dt.datetime | None) -> DeltaTable:
    opened = open_table(table.place, version)
    if opened is None:
        raise QueryError(_not_there(table))
    return opened


def _moment(version: int | str | None, mesh: Mesh) -> int | dt.datetime | None:
    """A version's number, or the instant that TIMESTAMP AS OF names in the mesh's time zone."""
    if not isinstance(version, str):
        return version
    try:
        moment = dt.datetime.fromisoformat(version)
    except ValueError as error:
        raise QueryError(f"'{version}' is no ISO 8601 timestamp, such as 2026-01-31T10:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(mesh.spec.time_zone))


def _not_there(table: KnownTable) -> str:
    port = table.name.rpartition(".")[2]
    if table.product is None:
        domain = table.parts[0]
        return (
            f"{table.name} is not there yet: nothing of the domain '{domain}' has run."
            f" Run it first: lakemesh run '{domain}.*'"
        )
    if "__" in port:
        return (
            f"{table.name} is not there: no run has put a row aside there."
            f" Where {table.product} never ran, run it first: lakemesh run {table.product}"
        )
    return f"{table.name} is not there yet. Run it first: lakemesh run {table.product}"


def _lock(connection: duckdb.DuckDBPyConnection, zone: str) -> None:
    connection.execute(f"set TimeZone = {_quoted(zone)}")
    for lock in _LOCKS:
        connection.execute(lock)


def _ask(connection: duckdb.DuckDBPyConnection, query: Query, limit: int | None) -> Answer:
    import duckdb

    try:
        rows = _interruptible(connection, lambda: _fetch(connection, query.sql, limit))
    except (duckdb.Error, ValueError, OverflowError, OSError) as error:
        raise QueryError(_explain(error)) from error
    columns, types = tuple(n for n, _ in query.columns), tuple(str(kind) for _, kind in query.columns)
    more = limit is not None and len(rows) > limit
    return Answer(columns, tuple(rows[:limit]), types, more)


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> list[tuple[Any, ...]]:
    result = connection.execute(sql)
    return result.fetchall() if limit is None else result.fetchmany(limit + 1)


def _interruptible(connection: duckdb.DuckDBPyConnection, ask: Callable[[], T]) -> T:
    """What a call gives; Ctrl-C stops it at once, where DuckDB looks for it only between long tasks."""
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(ask)
        try:
            return answer.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def _explain(error: Exception) -> str:
    """DuckDB's complaint in one sentence: without the query, which it repeats in its own dialect."""
    text = str(error).partition("\nLINE ")[0]
    sentence = " ".join(text.split())
    _, _, bare = sentence.partition(" Error: ")
    if sentence.startswith("Invalid Input Error:"):  # what the translation itself refuses at run time
        return bare
    return f"this cannot be answered: {bare or sentence}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
