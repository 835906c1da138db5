"""Frames into tables: outputs, bad rows and the facts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from lakemesh.names import METADATA
from lakemesh.spec.outputs import Append, History, Merge, Overwrite
from lakemesh.write import groups, history, recompute, tables
from lakemesh.write import merge as merges
from lakemesh.write.commits import Txn
from lakemesh.write.tables import Found, Written
from lakemesh.write.tombstones import outlive

if TYPE_CHECKING:
    import datetime as dt

    from pyspark.sql import DataFrame, SparkSession

    from lakemesh.plan.stages import Land
    from lakemesh.run import Observe
    from lakemesh.spec.types import Struct

__all__ = ["Found", "Txn", "Written", "ensure", "settle", "write"]


def ensure(session: SparkSession, land: Land, shape: Struct) -> Found:
    """The output's table, made empty or evolved; a history has columns of its own behind the contract's.

    Raises SchemaConflict as `ensure_table` does.
    """
    if isinstance(land.port, History):
        land, shape = history.with_versions(land, land.port, shape)
    return tables.ensure_table(session, land, shape)


def settle(
    frame: DataFrame, land: Land, observe: Observe, name: str, tombstones: DataFrame | None = None
) -> DataFrame:
    """The rows that are offered to the table: for a merge one a key, for any other mode all of them.

    What they supersede is counted under names that begin with `name`.
    """
    match land.port:
        case Merge():
            keeps_origin = any(column.name in METADATA for column in land.columns or ())
            rows = merges.winners(frame, land.port, observe, name, keeps_origin)
            return outlive(rows, land.port, tombstones, observe, f"{name}.2")
        case History(source="changes"):
            return history.distinct(frame, land.port, observe, f"{name}.0")
        case History():
            return merges.winners(frame, land.port, observe, name)
        case Overwrite() if land.port.by:
            rows = groups.newest(frame, land.port, observe, name)
            return outlive(rows, land.port, tombstones, observe, f"{name}.2")
        case Append() | Overwrite():
            return frame
        case _:
            assert_never(land.port)


def write(
    frame: DataFrame,
    land: Land,
    found: Found,
    txn: Txn,
    replayed: bool,
    at: dt.datetime,
    beside: DataFrame | None = None,
) -> Written:
    """Leave the frame in the output's table the way its port asks; the counts are the commit's own.

    `at` is the batch's clock, at which its snapshots were taken; `beside` has the groups that the frame makes
    anew where the output recomputes some, and for a history of snapshots the rows that were set aside.
    """
    if land.recompute is not None:
        return recompute.replace(frame, land, land.recompute, beside, txn, replayed)
    match land.port:
        case Append():
            return tables.append(frame, land.table, txn, replayed)
        case Overwrite() if land.port.by:
            return groups.replace_groups(frame, land.table, land.port, txn, found.is_empty, replayed)
        case Overwrite():
            return tables.overwrite(frame, land.table, txn, replayed, land.port.where or "true")
        case Merge():
            return merges.merge(frame, land.table, land.port, txn, found.is_empty, replayed)
        case History():
            stands = (found.is_empty, replayed)
            return history.write_history(frame, land.table, land.port, txn, at, stands, beside)
        case _:
            assert_never(land.port)
