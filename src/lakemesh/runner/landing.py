"""What a batch leaves in tables: its outputs, and beside them what was set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lakemesh.observe.events import TableWritten
from lakemesh.observe.ledger import Entry
from lakemesh.plan.staging import is_read_twice
from lakemesh.runner.outputs import Checked, acted, deletes_of, offered, quarantined, settled
from lakemesh.spec.outputs import History, Merge, Overwrite
from lakemesh.write import ensure, write
from lakemesh.write.bad_rows import write_bad_rows
from lakemesh.write.commits import find_commit
from lakemesh.write.tombstones import find_tombstones, leaves_tombstones, left_by
from lakemesh.write.versions import holds_files, version_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.places import Place
    from lakemesh.runner.frames import Frames
    from lakemesh.runner.staging import Staging
    from lakemesh.runner.work import Batch
    from lakemesh.write import Found, Written


def ensure_tables(batch: Batch, checked: list[Checked]) -> dict[str, Found]:
    """The outputs' tables, made or evolved before a row is written: a conflict in one stops all."""
    known, session = batch.work.tables, batch.run.session
    for one in checked:
        shape, found = known.get(one.land.name, (None, None))
        if found is None or shape != one.shape:
            known[one.land.name] = one.shape, ensure(session, one.land, one.shape)
        elif found.is_empty and holds_files(session, one.land.table):
            known[one.land.name] = one.shape, replace(found, is_empty=False)
    return {one.land.name: known[one.land.name][1] for one in checked}


def offer(batch: Batch, checked: Checked, found: Found, staging: Staging) -> Written:
    """The output written, its tombstones first; the counts are those of the commit."""
    land = checked.land
    txn = batch.work.txn(land.name, batch.number)
    tombstones = find_tombstones(batch.run.session, land, txn, batch.replayed)
    deletes = deletes_of(checked, batch.tally)
    frame = offered(checked, batch.tally, deletes > 0, tombstones)
    if not staging.persists and (land.recompute or is_read_twice(land)):
        # Over Connect pyspark cannot join a frame that counts with what was made of it.
        frame = staging.keep(f"offer.{land.name}", frame)
    elif isinstance(land.port, Merge) and not found.is_empty:
        # The merge reads it, its tombstones do, and the count of what changed nothing.
        frame = staging.lend(frame)
    if deletes and isinstance(land.port, Merge | Overwrite) and leaves_tombstones(land.port):
        left = left_by(frame, land.port, tombstones)
        _set_aside(batch, left, land.tombstones, f"{land.name}__tombstones", deletes)
    aside = _aside_of(batch, checked)
    beside = batch.groups if aside is None else aside
    written = write(frame, land, found, txn, batch.replayed, batch.pins.clock, beside)
    if written.inserted:
        batch.work.tables[land.name] = checked.shape, replace(found, is_empty=False)
    batch.emit(TableWritten, table=land.table.name, rows=written.offered)
    return written


def _aside_of(batch: Batch, checked: Checked) -> DataFrame | None:
    """The rows of a snapshot that a history does not get: their keys are not absent for all that."""
    port, marked = checked.land.port, checked.marked
    if not isinstance(port, History) or port.source != "snapshot":
        return None
    if not any(acted(checked, batch.tally, act) for act in ("quarantined", "dropped")):
        return None
    return marked.frame.where(marked.acts("quarantine", "drop"))


def output_entry(batch: Batch, checked: Checked, written: Written, aside: int) -> Entry:
    """The output's line: what was checked is counted in the plan, what was offered by the commit."""
    name, rows = checked.land.name, batch.tally.get(f"check.{checked.land.name}.0")["rows"] or 0
    lost = settled(checked, batch.tally, rows)
    return Entry(
        kind="output",
        name=name,
        checked=rows,
        quarantined=aside,
        dropped=acted(checked, batch.tally, "dropped"),
        superseded=lost["superseded"],
        offered=written.offered,
        inserted=written.inserted,
        updated=written.updated,
        deleted=written.deleted,
        stale=written.stale,
        conflicts=written.conflicts + lost["conflicts"],
    )


def write_rejected(batch: Batch, frames: Frames) -> dict[str, int]:
    """The rejected records of each input beside it, and how many there are; the frames are run once more."""
    written = {}
    for name, records in frames.batches.items():
        place = batch.work.flow.read(name).rejected
        rows = 0 if place is None else batch.tally.get(f"input.{name}")["rejected"]
        if place is not None and rows:
            written[name] = _set_aside(batch, records.rejected(), place, f"{name}__rejected", rows)
    return written


def write_quarantine(batch: Batch, checked: Checked) -> int:
    """The count of an output's quarantined rows, written beside it."""
    land = checked.land
    rows = acted(checked, batch.tally, "quarantined")
    if not rows:
        return 0
    return _set_aside(batch, quarantined(checked), land.quarantine, f"{land.name}__quarantine", rows)


def _set_aside(batch: Batch, frame: DataFrame, place: Place, table: str, expected: int) -> int:
    rows = write_bad_rows(
        frame,
        place,
        batch.work.txn(table, batch.number),
        (batch.run.run_id, batch.work.flow.name, batch.pins.clock),
        batch.replayed,
        expected,
    )
    batch.emit(TableWritten, table=place.name, rows=rows)
    return rows


def has_written(batch: Batch) -> bool:
    """Whether a table has a commit of the batch."""
    flow, session = batch.work.flow, batch.run.session
    places = [(land.name, land.table) for land in flow.outputs]
    places += [(f"{land.name}__quarantine", land.quarantine) for land in flow.outputs]
    places += [(f"{land.name}__tombstones", land.tombstones) for land in flow.outputs]
    places += [(f"{read.name}__rejected", read.rejected) for read in flow.reads if read.rejected]
    return any(
        find_commit(session, place, batch.work.txn(name, batch.number), replayed=True)
        for name, place in places
        if version_of(session, place) is not None
    )
