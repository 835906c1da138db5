"""A few rows into a table of this machine: collected, and appended by delta-rs in one commit.

A Delta append by Spark that carries an identity is four jobs and most of a second, however little it writes;
by delta-rs it is some milliseconds behind the one job that collects the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.spec.types import Array, DataType, Decimal, Map, Primitive, Struct
from lakemesh.write.shape import type_of
from lakemesh.write.tables import mapping_for

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame

    from lakemesh.plan.places import Place
    from lakemesh.write.commits import Txn

FEW = 200
"""How many rows are collected at most."""

_ARROW = {
    "string": "string",
    "boolean": "bool",
    "tinyint": "int8",
    "smallint": "int16",
    "int": "int32",
    "bigint": "int64",
    "float": "float",
    "double": "double",
    "date": "date32",
    "binary": "binary",
}
# The version of Delta's protocol for writers that asks for nothing but appends and invariants.
_PLAIN = 2


def append_few(frame: DataFrame, table: Place, txn: Txn) -> bool:
    """Whether the rows are in the table now, in one commit with the identity; if not, none of them is.

    As Delta does it, an identity that the table has seen adds nothing. A new table is made of plain columns,
    and one that is there takes only its own: all else is Spark's to do.
    """
    if table.folder is None:
        return False
    import pyarrow as pa

    shape = type_of(frame)
    try:
        columns, there = pa.schema(list(arrow_type(shape))), _table(table.folder)
        if not (mapping_for(shape) == {} if there is None else _takes(there, columns)):
            return False
        if there is None or not _has(there, txn):
            _append(frame.toArrow().cast(columns), table.folder, txn)
    except Exception:  # Spark's own write tells what is wrong with rows, table or disk
        return False
    return True


def _table(folder: str) -> DeltaTable | None:
    from deltalake import DeltaTable

    return DeltaTable(folder) if DeltaTable.is_deltatable(folder) else None


def _takes(table: DeltaTable, columns: pa.Schema) -> bool:
    """Whether a table is a plain one, of these very columns."""
    import pyarrow as pa

    plain = table.protocol().min_writer_version <= _PLAIN
    return plain and bool(pa.schema(table.schema().to_arrow()).equals(columns))


def _has(table: DeltaTable, txn: Txn) -> bool:
    """Whether a table has seen an identity, or a later one of its writer."""
    last = table.transaction_version(txn.app_id)
    return last is not None and last >= txn.version


def _append(rows: pa.Table, folder: str, txn: Txn) -> None:
    from deltalake import ColumnProperties, CommitProperties, Transaction, WriterProperties, write_deltalake

    # Else Spark passes over a file by its greatest value, which leaves NaN out.
    unmeasured = ColumnProperties(statistics_enabled="NONE")
    written = WriterProperties(compression="SNAPPY", default_column_properties=unmeasured)
    identity = Transaction(txn.app_id, txn.version)
    said = CommitProperties({"userMetadata": txn.metadata}, app_transactions=[identity])
    write_deltalake(folder, rows, mode="append", writer_properties=written, commit_properties=said)


def arrow_type(kind: DataType) -> pa.DataType:
    """A type as Arrow has it, whatever is in it nullable.

    Raises TypeError for one that a plain table does not hold (timestamp_ntz, variant, void).
    """
    import pyarrow as pa

    match kind:
        case Struct(fields):
            return pa.struct([(name, arrow_type(inner)) for name, inner in fields])
        case Array(item):
            return pa.list_(arrow_type(item))
        case Map(key, value):
            return pa.map_(arrow_type(key), arrow_type(value))
        case Decimal(precision, scale):
            return pa.decimal128(precision, scale)
        case Primitive("timestamp"):
            return pa.timestamp("us", "UTC")
        case Primitive(name) if name in _ARROW:
            return pa.type_for_alias(_ARROW[name])
        case _:
            raise TypeError(f"no plain table has a column of type {kind.ddl}")
