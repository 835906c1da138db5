"""What follows a batch where an output recomputes groups: those that the batch touched, made of whole rows.

The rows are another output's, as they stand behind the batch. Which groups its commit touched, before and
after, that table's change feed tells, so a replay is told the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lakemesh.names import UPSTREAM_VERSION
from lakemesh.runner.frames import Frames, apply_steps
from lakemesh.write.commits import find_commit, require_commit
from lakemesh.write.recompute import changed_groups, in_groups
from lakemesh.write.tables import find_table, load
from lakemesh.write.versions import is_there

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import Land, Recompute
    from lakemesh.runner.staging import Staging
    from lakemesh.runner.tally import Tally
    from lakemesh.runner.work import Batch
    from lakemesh.write.commits import Commit


def open_groups(
    batch: Batch, frames: Frames, land: Land, said: Recompute, tally: Tally, staging: Staging
) -> tuple[Batch, Frames]:
    """The batch of an output that recomputes groups, and its frames; what is counted goes into a tally.

    The other outputs of the batch must have been written.
    """
    flow = batch.work.flow.behind(land, said)
    groups, rows = _rows(batch, land, said)
    tally.counted[f"input.{said.view}"] = {"accepted": rows.count()}
    views = {read.name: frames.views[read.name] for read in flow.reads}
    built = Frames({**views, said.view: rows}, staging)
    behind = replace(batch, work=replace(batch.work, flow=flow), tally=tally, groups=groups)
    return behind, apply_steps(flow, built, batch.run, tally)


def _rows(batch: Batch, land: Land, said: Recompute) -> tuple[DataFrame | None, DataFrame]:
    """The groups that the batch touched, None where all are made, and the rows that they are made of.

    A replay of what was written reads the rows of that time, so that it counts what was counted.
    """
    session = batch.run.session
    base = next(one for one in batch.work.flow.outputs if one.name == said.base)
    txn = batch.work.txn(base.name, batch.number)
    found = find_commit(session, base.table, txn, batch.replayed)
    touched = found or require_commit(session, base.table, txn)
    done = _done(batch, land)
    rows = load(session, base.table, touched.version if done else None).drop(UPSTREAM_VERSION)
    if _is_new(batch, land, done):
        return None, rows
    groups = changed_groups(session, base.table, touched.version, said.by)
    return groups, in_groups(rows, groups, said.by)


def _done(batch: Batch, land: Land) -> Commit | None:
    """The commit of the batch, where a killed run made it."""
    session = batch.run.session
    if not batch.replayed or not is_there(session, land.table):
        return None
    return find_commit(session, land.table, batch.work.txn(land.name, batch.number), replayed=True)


def _is_new(batch: Batch, land: Land, done: Commit | None) -> bool:
    """Whether the output had no row before the batch: then all groups are made, not those of the batch."""
    session = batch.run.session
    if done is not None:
        return load(session, land.table, done.version - 1).isEmpty()
    known = batch.work.tables.get(land.name)
    found = known[1] if known else find_table(session, land.table)
    return found is None or found.is_empty
