"""One batch of one flow, in the order that rule 7 of what a run means fixes.

Pins first; then, staged: all gates, rejected, quarantine, outputs. Not staged: the output, then rejected
and quarantine where the scan counted any. Then ledger and checks; then the batch is closed, and its
checkpoint follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

from lakemesh import read as reading
from lakemesh.check import failing
from lakemesh.errors import LedgerUnbalanced, RuleFailed
from lakemesh.observe.events import BatchClosed, BatchOpened, LedgerRecorded, TableWritten
from lakemesh.observe.ledger import Entry, imbalances
from lakemesh.runner.account import input_entry, step_entries
from lakemesh.runner.frames import Frames, build_frames
from lakemesh.runner.inputs import input_results, require_inputs
from lakemesh.runner.losses import find_gaps, goes_on
from lakemesh.runner.outputs import (
    RULE_FAILED,
    Checked,
    check_output,
    has_deletes,
    judge,
    keep,
    offered,
    quarantined,
)
from lakemesh.runner.pins import LastBatch, Pins, require_same
from lakemesh.runner.tally import SECONDS, Tally, unwatched
from lakemesh.spec.outputs import Merge
from lakemesh.write import Txn, ensure, write
from lakemesh.write.bad_rows import write_bad_rows
from lakemesh.write.commits import find_commit
from lakemesh.write.ops import append_facts
from lakemesh.write.tombstones import find_tombstones, left_by
from lakemesh.write.versions import version_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Flow, Land, Plan
    from lakemesh.run import Run
    from lakemesh.runner.evolving import Fields
    from lakemesh.spec.types import Struct
    from lakemesh.write import Found, Written

# A replay whose writes were done before has nothing to observe: it counts by a second pass soon.
_REPLAY_SECONDS = 1.0


@dataclass(frozen=True)
class Work:
    """What every batch of a flow shares: the plan, the flow, its generation and the batch before."""

    plan: Plan
    flow: Flow
    generation: str
    checkpoint: str
    last: LastBatch | None
    tables: dict[str, tuple[Struct, Found]] = field(default_factory=dict)
    """Each output's shape, with its table as the batch before left it: looked up once a run."""
    found: Fields = field(default_factory=dict)

    def is_replay(self, batch: int) -> bool:
        """Whether a batch was begun before and not given up: it is the last one of this very generation."""
        last = self.last
        return (
            last is not None and not last.failed and (last.generation, last.batch) == (self.generation, batch)
        )

    def ops(self, table: str) -> Place:
        """One of the ops tables of the product's domain."""
        return self.plan.places.ops(self.plan.name.domain, table)

    def txn(self, table: str, batch: int) -> Txn:
        """The identity of a batch's write to a table."""
        return Txn(f"{self.plan.product}/{self.flow.name}/{self.generation}/{table}", batch)


@dataclass(frozen=True)
class _Batch:
    """A batch under way."""

    work: Work
    number: int
    replayed: bool
    pins: Pins
    run: Run
    raw: DataFrame | None
    tally: Tally

    def facts(self) -> dict[str, Any]:
        """The batch's key, as every ops row has it."""
        return {
            "product": self.work.plan.product,
            "flow": self.work.flow.name,
            "generation": self.work.generation,
            "batch": self.number,
            "run_id": self.run.run_id,
            "at": dt.datetime.now(dt.UTC),
        }

    def emit(self, kind: type[Any], **facts: Any) -> None:
        """Tell whoever listens."""
        event = kind(
            product=self.work.plan.product,
            run_id=self.run.run_id,
            flow=self.work.flow.name,
            batch=self.number,
            **facts,
        )
        self.run.emit(event)


def process_batch(work: Work, raw: DataFrame | None, number: int, run: Run) -> None:
    """Bring one batch into the tables, once, whatever happened to it before.

    Raises RunError where it cannot be done whole; tables then hold the whole batch or nothing of it.
    """
    batch = _open(work, raw, number, run)
    try:
        _process(batch)
    except LedgerUnbalanced:
        raise
    except Exception:
        _give_up(batch)
        raise


def _give_up(batch: _Batch) -> None:
    """Close a batch that failed before anything of it was written: the next run tries it with new pins.

    Left open it would be replayed with the very versions and files that it failed on, whatever was mended.
    A batch of snapshots gets a new number, so it is given up in any case.
    """
    with suppress(Exception):  # what stopped the batch is what is told
        if batch.work.flow.input is None or not _has_written(batch):
            _append_batch(batch, "failed")


def _has_written(batch: _Batch) -> bool:
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


def _process(batch: _Batch) -> None:
    work = batch.work
    frames = build_frames(work.flow, batch.raw, batch.pins, batch.run, batch.tally)
    require_inputs(work.flow, frames.judged, batch.tally)
    checked = [check_output(land, frames.offered(land), batch.tally, batch.run) for land in work.flow.outputs]
    try:
        if work.flow.gated or any(land.staged for land in work.flow.outputs):
            entries, checks = _staged(batch, frames, checked)
        else:
            entries, checks = _streamed(batch, frames, checked)
        told = input_results(work.flow, frames.judged, batch.tally, batch.pins)
        _record(batch, entries, [*told, *checks])
    finally:
        for one in checked:
            one.release()
        frames.release()


def _open(work: Work, raw: DataFrame | None, number: int, run: Run) -> _Batch:
    replayed = work.is_replay(number)
    offsets, files = _records_of(work, number)
    if replayed and work.last is not None:
        require_same(work.last.pins, files, offsets, goes_on(work.flow))
        gaps = find_gaps(work.flow, work.checkpoint, number, run)
        pins = replace(work.last.pins, gaps=gaps)
    else:
        gaps = find_gaps(work.flow, work.checkpoint, number, run)
        versions = {
            pin: version
            for read in work.flow.reads
            if read.mode == "snapshot"
            for pin, version in reading.snapshot_versions(read, run).items()
        }
        pins = Pins(run.clock, versions, offsets, files, work.found, gaps)
    tally = Tally(_REPLAY_SECONDS if replayed else SECONDS)
    batch = _Batch(work, number, replayed, pins, run.at(pins.clock), raw, tally)
    if not replayed:
        _append_batch(batch, "open")
    batch.emit(BatchOpened, replayed=replayed)
    return batch


def _records_of(work: Work, number: int) -> tuple[str, tuple[Any, ...]]:
    if work.flow.input is None:
        return "", ()
    return reading.list_batch(work.flow.read(work.flow.input), work.checkpoint, number)


def _append_batch(batch: _Batch, state: str) -> None:
    row = {**batch.facts(), **batch.pins.facts(), "state": state}
    append_facts(batch.run.session, batch.work.ops("batches"), "batches", [row])


def _staged(batch: _Batch, frames: Frames, checked: list[Checked]) -> tuple[list[Entry], list[CheckResult]]:
    """Every gate before anything becomes visible."""
    for one in checked:
        if one.land.staged:
            keep(one)
    judged = {one.land.name: judge(one, batch.tally) for one in checked if one.land.staged}
    _require_rules(batch, [result for results in judged.values() for result in results])
    found = _ensure_tables(batch, checked)
    rejected = _write_rejected(batch, frames)
    aside = [_write_quarantine(batch, one) for one in checked]
    written = [_offer(batch, one, found[one.land.name]) for one in checked]
    entries = list(map(_output_entry, repeat(batch), checked, written, aside))
    checks = [result for one in checked for result in judged.get(one.land.name) or judge(one, batch.tally)]
    return [*_entries(batch, rejected), *entries], checks


def _streamed(batch: _Batch, frames: Frames, checked: list[Checked]) -> tuple[list[Entry], list[CheckResult]]:
    """One pass: the rows are counted by the write itself, and bad ones cost a second pass."""
    found = _ensure_tables(batch, checked)
    try:
        outputs = [(one, _offer(batch, one, found[one.land.name])) for one in checked]
    except Exception as error:
        if RULE_FAILED in str(error):
            _count_broken(batch, frames, checked)
        raise
    again = _second_pass(batch, frames)
    rejected = _write_rejected(batch, again)
    entries = [
        _output_entry(batch, one, written, _write_quarantine(batch, _again(batch, one, again)))
        for one, written in outputs
    ]
    checks = [result for one in checked for result in judge(one, batch.tally)]
    return [*_entries(batch, rejected), *entries], checks


def _second_pass(batch: _Batch, frames: Frames) -> Frames:
    """The same frames, not counted again."""
    return build_frames(batch.work.flow, batch.raw, batch.pins, batch.run, unwatched, frames.staged)


def _again(batch: _Batch, checked: Checked, frames: Frames) -> Checked:
    return check_output(checked.land, frames.offered(checked.land), unwatched, batch.run)


def _entries(batch: _Batch, rejected: dict[str, int]) -> list[Entry]:
    flow, tally = batch.work.flow, batch.tally
    inputs = [input_entry(flow.input, tally, rejected.get(flow.input, 0))] if flow.input else []
    return [*inputs, *step_entries(flow, tally)]


def _count_broken(batch: _Batch, frames: Frames, checked: list[Checked]) -> None:
    """Leave in `checks` what a pass of its own counts of a batch whose write was stopped by a row."""
    tally = Tally()
    with suppress(Exception):  # what stopped the batch is what is told
        again = _second_pass(batch, frames)
        for one in checked:
            seen = check_output(one.land, again.offered(one.land), tally, batch.run)
            keep(seen)
            _append_checks(batch, judge(seen, tally))


def _require_rules(batch: _Batch, results: Sequence[CheckResult]) -> None:
    broken = failing(results)
    if broken:
        _append_checks(batch, results)
        names = ", ".join(f"'{result.rule}' of output '{result.output}'" for result in broken)
        raise RuleFailed(f"{names} did not hold, and onFailure is fail: nothing of the batch was written.")


def _ensure_tables(batch: _Batch, checked: list[Checked]) -> dict[str, Found]:
    """The outputs' tables, made or evolved before a row is written: a conflict in one stops all."""
    known = batch.work.tables
    for one in checked:
        if known.get(one.land.name, (None,))[0] != one.shape:
            known[one.land.name] = one.shape, ensure(batch.run.session, one.land, one.shape)
    return {one.land.name: known[one.land.name][1] for one in checked}


def _offer(batch: _Batch, checked: Checked, found: Found) -> Written:
    land = checked.land
    txn = batch.work.txn(land.name, batch.number)
    tombstones = find_tombstones(batch.run.session, land, txn, batch.replayed)
    deletes = has_deletes(checked, batch.tally)
    frame = offered(checked, batch.tally, deletes, tombstones)
    if deletes and isinstance(land.port, Merge) and land.port.sequence_by:
        left = left_by(frame, land.port, tombstones)
        _set_aside(batch, left, land.tombstones, f"{land.name}__tombstones")
    written = write(frame, land, found, txn, batch.replayed, batch.pins.clock)
    if written.inserted:
        batch.work.tables[land.name] = checked.shape, replace(found, is_empty=False)
    batch.emit(TableWritten, table=land.table.name, rows=written.offered)
    return written


def _output_entry(batch: _Batch, checked: Checked, written: Written, aside: int) -> Entry:
    """The output's line: what was checked is counted in the plan, what was offered by the commit."""
    name = checked.land.name
    acts = batch.tally.get(f"acts.{name}")
    settled = list(batch.tally.under(f"settle.{name}.").values())
    lost = {term: sum(counts.get(term) or 0 for counts in settled) for term in ("superseded", "conflicts")}
    return Entry(
        kind="output",
        name=name,
        checked=batch.tally.get(f"check.{name}.0")["rows"] or 0,
        quarantined=aside,
        dropped=acts["dropped"] or 0,
        superseded=lost["superseded"],
        offered=written.offered,
        inserted=written.inserted,
        updated=written.updated,
        deleted=written.deleted,
        stale=written.stale,
        conflicts=written.conflicts + lost["conflicts"],
    )


def _write_rejected(batch: _Batch, frames: Frames) -> dict[str, int]:
    written = {}
    for name, records in frames.batches.items():
        place = batch.work.flow.read(name).rejected
        if place is not None and batch.tally.get(f"input.{name}")["rejected"]:
            written[name] = _set_aside(batch, records.rejected(), place, f"{name}__rejected")
    return written


def _write_quarantine(batch: _Batch, checked: Checked) -> int:
    land: Land = checked.land
    if not batch.tally.get(f"acts.{land.name}")["quarantined"]:
        return 0
    return _set_aside(batch, quarantined(checked), land.quarantine, f"{land.name}__quarantine")


def _set_aside(batch: _Batch, frame: DataFrame, place: Place, table: str) -> int:
    rows = write_bad_rows(
        frame,
        place,
        batch.work.txn(table, batch.number),
        (batch.run.run_id, batch.work.flow.name, batch.pins.clock),
        batch.replayed,
    )
    batch.emit(TableWritten, table=place.name, rows=rows)
    return rows


def _record(batch: _Batch, entries: list[Entry], checks: list[CheckResult]) -> None:
    """The ledger and the checks, and the batch closed where the ledger balances."""
    session, key = batch.run.session, batch.facts()
    append_facts(session, batch.work.ops("ledger"), "ledger", [{**key, **asdict(entry)} for entry in entries])
    _append_checks(batch, checks)
    batch.emit(LedgerRecorded)
    wrong = imbalances(entries)
    if wrong:
        raise LedgerUnbalanced(f"the ledger does not balance: {'; '.join(wrong)}. The batch stays open.")
    _append_batch(batch, "done")
    batch.emit(BatchClosed, **_totals(entries))


def _append_checks(batch: _Batch, checks: Sequence[CheckResult]) -> None:
    rows = [{**batch.facts(), **asdict(result)} for result in checks]
    append_facts(batch.run.session, batch.work.ops("checks"), "checks", rows)


def _totals(entries: list[Entry]) -> dict[str, int]:
    def total(term: str) -> int:
        return sum(getattr(entry, term) or 0 for entry in entries)

    return {
        "read": total("read"),
        "written": total("inserted") + total("updated") + total("deleted"),
        "rejected": total("rejected"),
        "quarantined": total("quarantined"),
    }
