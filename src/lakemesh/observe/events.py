"""Facts of a run as they happen, for whoever listens: a terminal, a log, a test that stops at a seam."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that has happened in a run of a product."""

    product: str
    run_id: str


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """The run holds the product's lock and has written its first row."""


@dataclass(frozen=True, kw_only=True)
class FlowStarted(Event):
    """A flow takes its turn."""

    flow: str


@dataclass(frozen=True, kw_only=True)
class BatchEvent(Event):
    """Something that has happened in a batch."""

    flow: str
    batch: int


@dataclass(frozen=True, kw_only=True)
class BatchOpened(BatchEvent):
    """The batch's pins are recorded; from here on it may be replayed."""

    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class TableWritten(BatchEvent):
    """A table holds the batch: an output, its quarantine, or an input's rejected records."""

    table: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class LedgerRecorded(BatchEvent):
    """The batch's ledger and checks are in the ops tables."""


@dataclass(frozen=True, kw_only=True)
class BatchClosed(BatchEvent):
    """The batch is done; only its checkpoint is still to follow."""

    read: int
    written: int
    rejected: int
    quarantined: int


@dataclass(frozen=True, kw_only=True)
class FlowEnded(Event):
    """A flow has drained its input."""

    flow: str


@dataclass(frozen=True, kw_only=True)
class RunEnded(Event):
    """The run is over; `message` says why where it failed."""

    succeeded: bool
    message: str = ""
    warnings: tuple[str, ...] = field(default=())
