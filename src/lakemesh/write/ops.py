"""Facts into the ops tables and back: plain appends, one small set of tables a domain.

A local table is written and read by delta-rs: some rows cost it milliseconds, and Spark a job or two for each
append.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakemesh.observe.ops import OPS
from lakemesh.spec.types import parse_type
from lakemesh.write.few import arrow_type
from lakemesh.write.tables import load, save
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from lakemesh.plan.places import Place


def append_facts(session: SparkSession, table: Place, kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to one of the ops tables; `kind` names its columns (runs, batches, ledger, checks)."""
    if not rows:
        return
    facts = _as_arrow(kind, rows)
    if table.folder is None:
        frame = session.createDataFrame(facts)
        writer = frame.coalesce(1).write.format("delta").mode("append").option("mergeSchema", "true")
        save(writer, table)
        return
    from deltalake import write_deltalake

    # A table of an earlier version of lakemesh takes the columns that it lacks.
    write_deltalake(table.folder, facts, mode="append", schema_mode="merge")


def read_facts(session: SparkSession, table: Place, where: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows whose columns have these texts, oldest first, their times in UTC; none where no table is."""
    found = _select_in_spark(session, table, where) if table.folder is None else _select(table.folder, where)
    return sorted(found, key=lambda row: row["at"])


def _select(folder: str, where: Mapping[str, str]) -> list[dict[str, Any]]:
    import pyarrow as pa
    from deltalake import DeltaTable, QueryBuilder

    if not DeltaTable.is_deltatable(folder):
        return []
    wanted = " and ".join(f"{name} = {_literal(text)}" for name, text in where.items())
    # to_pyarrow_table of deltalake 1.6.6 leaves threads that now and then abort the process at its end.
    query = QueryBuilder().register("facts", DeltaTable(folder))
    rows: list[dict[str, Any]] = pa.table(
        query.execute(f"select * from facts where {wanted}").read_all()
    ).to_pylist()
    return rows


def _select_in_spark(session: SparkSession, table: Place, where: Mapping[str, str]) -> list[dict[str, Any]]:
    if not is_there(session, table):
        return []
    frame = load(session, table)
    for name, text in where.items():
        frame = frame.where(F.col(name) == text)
    rows: list[dict[str, Any]] = frame.toArrow().to_pylist()
    return rows


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as_arrow(kind: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    columns = parse_type(f"struct<{OPS[kind]}>")
    schema = pa.schema(list(arrow_type(columns)))
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)
