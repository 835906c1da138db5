"""One batch of one flow, in the order that rule 7 of what a run means fixes.

Pins first; then, staged: all gates, rejected, quarantine, outputs. Not staged: the output, then rejected
and quarantine where the scan counted any. Then ledger and checks; then the batch is closed, and its
checkpoint follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

from lakemesh import read as reading
from lakemesh.check import failing
from lakemesh.errors import LedgerUnbalanced, RuleFailed
from lakemesh.observe.events import BatchClosed, BatchOpened, LedgerRecorded
from lakemesh.observe.ledger import Entry, imbalances, totals
from lakemesh.runner.account import count_snapshots, input_entries, step_entries
from lakemesh.runner.frames import Frames, build_frames
from lakemesh.runner.generations import REFRESH
from lakemesh.runner.inputs import input_results, require_inputs
from lakemesh.runner.landing import (
    ensure_tables,
    has_written,
    offer,
    output_entry,
    write_quarantine,
    write_rejected,
)
from lakemesh.runner.losses import find_gaps, goes_on
from lakemesh.runner.outputs import (
    RULE_FAILED,
    Checked,
    check_output,
    judge,
    keep,
    require_marks,
    require_origin,
)
from lakemesh.runner.pins import Pins, elsewhere, require_places, require_same
from lakemesh.runner.recompute import open_groups
from lakemesh.runner.staging import run_through
from lakemesh.runner.tally import SECONDS, Tally
from lakemesh.runner.work import Batch, Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.observe.checks import CheckResult
    from lakemesh.plan.stages import Land, Recompute
    from lakemesh.run import Run

# A replay whose writes were done before has nothing to observe: it counts by a second pass soon.
_REPLAY_SECONDS = 1.0


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


def _give_up(batch: Batch) -> None:
    """Close a batch that failed before anything of it was written: the next run tries it with new pins.

    Left open it would be replayed with the very versions and files that it failed on, whatever was mended.
    A batch of snapshots gets a new number, so it is given up in any case.
    """
    with suppress(Exception):  # what stopped the batch is what is told
        if batch.work.flow.input is None or not has_written(batch):
            batch.record_state("failed")


def _process(batch: Batch) -> None:
    work = batch.work
    with batch.staging() as staging:
        frames = build_frames(work.flow, batch.raw, batch.pins, batch.run, batch.tally, staging)
        require_inputs(work.flow, frames.judged, batch.tally)
        for land in work.flow.batched if work.flow.input else ():
            require_origin(land, frames.offered(land))
        for land in work.flow.batched:
            require_marks(land, frames.offered(land), work.flow)
        checked = [
            check_output(land, frames.offered(land), batch.tally, batch.run) for land in work.flow.batched
        ]
        if work.flow.gated or any(one.land.staged for one in checked):
            entries, checks = _staged(batch, frames, checked)
        else:
            entries, checks = _streamed(batch, frames, checked)
        for land, said in work.flow.recomputed:
            more, results = _recompute(batch, frames, land, said)
            entries, checks = [*entries, *more], [*checks, *results]
        told = input_results(work.flow, frames.judged, batch.tally, batch.pins)
        _record(batch, entries, [*told, *checks])


def _recompute(
    batch: Batch, frames: Frames, land: Land, said: Recompute
) -> tuple[list[Entry], list[CheckResult]]:
    """The groups of an output that the batch touched, made anew of what it left in another."""
    tally = Tally(_REPLAY_SECONDS if batch.replayed else SECONDS)
    with batch.staging() as staging:
        behind, built = open_groups(batch, frames, land, said, tally, staging)
        checked = check_output(land, built.offered(land), tally, behind.run)
        entries, checks = _staged(behind, built, [checked])
    return [entry for entry in entries if entry.kind != "input"], checks


def _open(work: Work, raw: DataFrame | None, number: int, run: Run) -> Batch:
    replayed = work.is_replay(number)
    offsets, files = _records_of(work, number)
    if replayed and work.last is not None:
        require_places(work.last.pins, work.flow)
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
        pins = Pins(run.clock, versions, offsets, files, work.found, gaps, elsewhere(work.flow))
    tally = Tally(_REPLAY_SECONDS if replayed else SECONDS)
    batch = Batch(work, number, replayed, pins, run.at(pins.clock), raw, tally)
    if not replayed:
        batch.record_state("open")
    batch.emit(BatchOpened, replayed=replayed)
    return batch


def _records_of(work: Work, number: int) -> tuple[str, tuple[Any, ...]]:
    if work.flow.input is None or not work.checkpoint:
        return "", ()
    return reading.list_batch(work.flow.read(work.flow.input), work.checkpoint, number)


def _staged(batch: Batch, frames: Frames, checked: list[Checked]) -> tuple[list[Entry], list[CheckResult]]:
    """Every gate before anything becomes visible."""
    checked = [keep(one, frames.staging) for one in checked]
    judged = {one.land.name: judge(one, batch.tally) for one in checked if one.land.staged}
    _require_rules(batch, [result for results in judged.values() for result in results])
    found = ensure_tables(batch, checked)
    rejected = write_rejected(batch, frames)
    aside = [write_quarantine(batch, one) for one in checked]
    written = [offer(batch, one, found[one.land.name], frames.staging) for one in checked]
    entries = list(map(output_entry, repeat(batch), checked, written, aside))
    checks = [result for one in checked for result in judged.get(one.land.name) or judge(one, batch.tally)]
    return [*_entries(batch, frames, rejected), *entries], checks


def _streamed(batch: Batch, frames: Frames, checked: list[Checked]) -> tuple[list[Entry], list[CheckResult]]:
    """The rows are counted by the write itself; bad ones come from the records that it left kept."""
    found = ensure_tables(batch, checked)
    try:
        outputs = [(one, offer(batch, one, found[one.land.name], frames.staging)) for one in checked]
    except Exception as error:
        if RULE_FAILED in str(error):
            _count_broken(batch, frames, checked)
        raise
    rejected = write_rejected(batch, frames)
    entries = [output_entry(batch, one, written, write_quarantine(batch, one)) for one, written in outputs]
    checks = [result for one in checked for result in judge(one, batch.tally)]
    return [*_entries(batch, frames, rejected), *entries], checks


def _entries(batch: Batch, frames: Frames, rejected: dict[str, int]) -> list[Entry]:
    flow, tally = batch.work.flow, batch.tally
    count_snapshots(flow, frames.views, tally)
    return [*input_entries(flow, tally, rejected), *step_entries(flow, tally)]


def _count_broken(batch: Batch, frames: Frames, checked: list[Checked]) -> None:
    """Leave in `checks` what a pass of its own counts of a batch whose write was stopped by a row."""
    tally = Tally()
    with suppress(Exception):  # what stopped the batch is what is told
        for one in checked:
            seen = check_output(one.land, frames.offered(one.land), tally, batch.run)
            run_through(seen.marked.frame)
            batch.record_checks(judge(seen, tally))


def _require_rules(batch: Batch, results: Sequence[CheckResult]) -> None:
    broken = failing(results)
    if broken:
        batch.record_checks(results)
        names = ", ".join(f"'{result.rule}' of output '{result.output}'" for result in broken)
        written = "nothing of the batch was written"
        left = written if batch.work.flow.batched else "its groups stay as they were"
        raise RuleFailed(f"{names} did not hold, and onFailure is fail: {left}.")


def _record(batch: Batch, entries: list[Entry], checks: list[CheckResult]) -> None:
    """The ledger and the checks, and the batch closed where the ledger balances."""
    batch.record_ledger(entries)
    batch.record_checks(checks)
    batch.emit(LedgerRecorded)
    wrong = imbalances(entries)
    if wrong:
        raise LedgerUnbalanced(f"the ledger does not balance: {'; '.join(wrong)}. {_way_on(batch)}")
    batch.record_state("done")
    batch.emit(BatchClosed, **totals(entries))


def _way_on(batch: Batch) -> str:
    """What to do about a batch whose ledger does not balance; one of a refresh is in nobody's table."""
    if batch.work.generation.startswith(REFRESH):
        return "The tables are as they were: mend the cause, and run again."
    last = batch.work.last
    begun = last.begun_by if batch.replayed and last is not None else batch.run.run_id
    return (
        "The batch stays open: mend the cause, put the tables back with: lakemesh restore"
        f" {batch.work.plan.product} --run {begun}, and run again."
    )
