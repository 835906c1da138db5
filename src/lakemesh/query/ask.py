"""A question in Databricks SQL, answered by DuckDB over the Delta tables that it names alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from lakemesh.errors import QueryError, did_you_mean, known_words
from lakemesh.query.answer import Answer
from lakemesh.query.tables import KnownTable, list_tables, open_table, scan

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

    from lakemesh.query.statement import Statement, TableRef
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
_NO_FUNCTION = re.compile(r"Function with name \"?(\w+)\"? does not exist")


def read_sql(mesh: Mesh, sql: str, limit: int | None = None) -> Answer:
    """What a query in Databricks SQL gives over `domain.product.port`, at most `limit` rows of it.

    Instants are shown in the mesh's time zone. Raises QueryError where the text is no query, does more than
    read, names a table that is not there, or cannot be answered.
    """
    import duckdb  # 0.1 s

    from lakemesh.query.dialect import to_duckdb  # sqlglot: 0.2 s
    from lakemesh.query.look import describe, show_tables
    from lakemesh.query.statement import read_statement

    tables = list_tables(mesh)
    known = {table.name: table for table in tables}
    if sql.strip().rstrip(";").lower().split() == ["show", "tables"]:
        return show_tables(tables)
    statement = read_statement(sql)
    if statement.describes:
        return describe(_open(_known(statement.tables[0], known), None))
    with duckdb.connect(":memory:") as connection:
        _attach(connection, statement, known, mesh)
        _lock(connection, mesh.spec.time_zone)
        return _ask(connection, to_duckdb(statement.tree, mesh.spec.time_zone), limit)


def _attach(
    connection: duckdb.DuckDBPyConnection, statement: Statement, known: dict[str, KnownTable], mesh: Mesh
) -> None:
    """Put a view under the name of every table that the statement names; its names become the specs' own."""
    from sqlglot import exp

    made: dict[tuple[str, int | str | None], str] = {}
    for ref in statement.tables:
        table = _known(ref, known)
        at = (table.name, ref.version)
        if at not in made:
            made[at] = _make_view(connection, table, _moment(ref.version, mesh), f"_table_{len(made)}")
        domain, product, port = table.parts
        if ref.version is not None and not ref.node.alias:
            ref.node.set("alias", exp.TableAlias(this=exp.to_identifier(port, quoted=True)))
        ref.node.set("version", None)
        for arg, name in (("catalog", domain), ("db", product), ("this", made[at])):
            ref.node.set(arg, exp.to_identifier(name, quoted=True))


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


def _make_view(
    connection: duckdb.DuckDBPyConnection, table: KnownTable, version: int | dt.datetime | None, source: str
) -> str:
    opened = _open(table, version)
    domain, product, port = table.parts
    name = port if version is None else f"{port}@{version}"
    connection.register(source, scan(opened))
    connection.execute(f"attach if not exists ':memory:' as {_quoted(domain)}")
    connection.execute(f"create schema if not exists {_quoted(domain)}.{_quoted(product)}")
    where = f"{_quoted(domain)}.{_quoted(product)}.{_quoted(name)}"
    connection.execute(f"create view {where} as select * from {_quoted(source)}")
    return name


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


def _ask(connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None) -> Answer:
    import duckdb

    try:
        result, rows = _interruptible(connection, lambda: _fetch(connection, sql, limit))
    except (duckdb.Error, ValueError, OverflowError, OSError) as error:
        raise QueryError(_explain(error)) from error
    columns = tuple(column[0] for column in result.description)
    types = tuple(str(column[1]) for column in result.description)
    more = limit is not None and len(rows) > limit
    return Answer(columns, tuple(rows[:limit]), types, more)


def _fetch(
    connection: duckdb.DuckDBPyConnection, sql: str, limit: int | None
) -> tuple[duckdb.DuckDBPyConnection, list[tuple[Any, ...]]]:
    result = connection.execute(sql)
    return result, result.fetchall() if limit is None else result.fetchmany(limit + 1)


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
    missing = _NO_FUNCTION.search(sentence)
    if missing:
        return (
            f"the function {missing.group(1)}() is not known to DuckDB, which answers here in place of Spark."
        )
    return f"this cannot be answered: {bare or sentence}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
