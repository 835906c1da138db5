"""Rows that did not make it: quarantined beside their output, rejected beside their input, with a reason."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakemesh.write.commits import Txn, find_commit, mark, require_commit
from lakemesh.write.few import FEW, append_few
from lakemesh.write.shape import struct_from
from lakemesh.write.tables import mapping_for, save
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.places import Place


def write_bad_rows(
    frame: DataFrame,
    table: Place,
    txn: Txn,
    origin: tuple[str, str, dt.datetime],
    replayed: bool,
    expected: int,
) -> int:
    """The count of a batch's bad rows, appended with their origin: run id, flow, clock.

    A new column of the output is added to the table as it comes. `expected` is how many there should be: a
    few are not worth a write by Spark.
    """
    session, (run_id, flow, clock) = frame.sparkSession, origin
    commit = find_commit(session, table, txn, replayed) if replayed and is_there(session, table) else None
    if commit is None:
        told = frame.withColumns(
            {
                "_run": F.lit(run_id),
                "_flow": F.lit(flow),
                "_batch": F.lit(txn.version).cast("bigint"),
                "_at": F.lit(clock),
            }
        )
        if not (expected <= FEW and append_few(told, table, txn)):
            _append(told, table, txn)
        commit = require_commit(session, table, txn)
    return commit.added


def _append(frame: DataFrame, table: Place, txn: Txn) -> None:
    options = {"mergeSchema": "true", **mapping_for(struct_from(frame.schema))}
    writer = frame.write.format("delta").mode("append").options(**options)
    save(mark(writer, txn), table)
