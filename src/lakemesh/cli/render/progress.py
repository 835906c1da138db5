"""A run as it happens, on stderr: a moving line on a terminal, plain lines with their time in a log."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lakemesh.cli.render.tables import is_fancy
from lakemesh.cli.render.words import count
from lakemesh.observe.events import (
    BatchClosed,
    BatchOpened,
    Event,
    FlowEnded,
    FlowStarted,
    LedgerRecorded,
    RunEnded,
    RunStarted,
    TableWritten,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Progress(Protocol):
    """Whoever shows a run as it happens."""

    def hear(self, event: Event) -> None:
        """Show something that has happened."""

    def say(self, text: str) -> None:
        """Show what is being done now."""


class PlainProgress:
    """A line for each thing of note, with its time in UTC. A reader who went away does not stop the run."""

    def hear(self, event: Event) -> None:
        """Print the event, where it is worth a line."""
        words = event_words(event)
        quiet = isinstance(event, LedgerRecorded) or (isinstance(event, BatchOpened) and not event.replayed)
        if words and not quiet:
            self.say(f"{event.product}: {words}")

    def say(self, text: str) -> None:
        """Print a line."""
        try:
            sys.stderr.write(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {text}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return


class LiveProgress:
    """One line that moves with the run; what is over stays above it."""

    def __init__(self, console: Console, status: Status) -> None:
        self.console, self.status = console, status

    def hear(self, event: Event) -> None:
        """Move the line; leave one behind for a product that is done."""
        from rich.text import Text

        words = event_words(event)
        if isinstance(event, RunEnded):
            mark, style = ("done", "green") if event.succeeded else ("failed", "red")
            self.console.print(Text.assemble((f"{mark:<6}", style), f" {event.product}"))
        elif words:
            self.say(f"{event.product}: {words}")

    def say(self, text: str) -> None:
        """Set the moving line."""
        from rich.text import Text

        self.status.update(Text(text))


@contextmanager
def show_progress() -> Iterator[Progress]:
    """What shows a run on stderr, for as long as it lasts."""
    if not is_fancy(sys.stderr):
        yield PlainProgress()
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("") as status:
        yield LiveProgress(console, status)


def event_words(event: Event) -> str:
    """What has happened, in a few words; nothing for what is not worth saying."""
    match event:
        case RunStarted():
            return f"run {event.run_id} started"
        case FlowStarted():
            return f"flow {event.flow}"
        case BatchOpened():
            return f"flow {event.flow}, batch {event.batch}" + (", again as it was" if event.replayed else "")
        case TableWritten():
            return f"flow {event.flow}, batch {event.batch}: {count(event.rows, 'row')} to {event.table}"
        case LedgerRecorded():
            return f"flow {event.flow}, batch {event.batch}: ledger and checks recorded"
        case BatchClosed():
            counts = f"read {event.read:,}, written {event.written:,}"
            aside = f"rejected {event.rejected:,}, quarantined {event.quarantined:,}"
            return f"flow {event.flow}, batch {event.batch} done: {counts}, {aside}"
        case FlowEnded():
            return f"flow {event.flow} drained"
        case RunEnded():
            return "succeeded" if event.succeeded else f"FAILED: {event.message}"
        case _:
            return ""
