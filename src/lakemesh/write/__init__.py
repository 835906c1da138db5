"""Frames into tables: outputs, bad rows and the facts of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from lakemesh.errors import NotYet
from lakemesh.spec.outputs import Append, History, Merge, Overwrite
from lakemesh.write import merge as merges
from lakemesh.write import tables
from lakemesh.write.commits import Txn
from lakemesh.write.tables import Found, Written

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import Land
    from lakemesh.run import Observe

__all__ = ["Found", "Txn", "Written", "settle", "write"]


def settle(frame: DataFrame, land: Land, observe: Observe, name: str) -> DataFrame:
    """The rows that are offered to the table: for a merge one a key, for any other mode all of them."""
    match land.port:
        case Merge():
            return merges.winners(frame, land.port, observe, name)
        case Append() | Overwrite() | History():
            return frame
        case _:
            assert_never(land.port)


def write(frame: DataFrame, land: Land, found: Found, txn: Txn, replayed: bool) -> Written:
    """Leave the frame in the output's table the way its port asks; the counts are the commit's own."""
    match land.port:
        case Append():
            return tables.append(frame, land.table, txn, replayed)
        case Overwrite():
            return tables.overwrite(frame, land.table, txn, replayed)
        case Merge():
            return merges.merge(frame, land.table, land.port, txn, found.is_empty, replayed)
        case History():
            raise NotYet("history outputs come with a later version")
        case _:
            assert_never(land.port)
