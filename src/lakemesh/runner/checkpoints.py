"""Checkpoints of a flow: one folder a generation, and the rule for when a new generation begins."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.errors import RunError
from lakemesh.spec.outputs import Append

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow
    from lakemesh.runner.pins import LastBatch


def choose_generation(flow: Flow, folder: str, last: LastBatch | None) -> str:
    """The generation that the flow goes on with, or a new one where it never ran.

    A reused transaction id makes Delta skip a write in silence, so a new checkpoint never has an old name.
    Raises RunError where the checkpoint is lost and an output is append: its rows would come twice.
    """
    known = last.generation if last else _newest(folder)
    if known is None:
        return new_generation()
    if flow.input is None or Path(folder, known).is_dir():
        return known
    appended = [land.name for land in flow.outputs if isinstance(land.port, Append)]
    if appended:
        raise RunError(
            f"the checkpoint {folder}/{known} is gone, and output '{appended[0]}' is written by append:"
            " reading the input again would bring its rows twice. Put the checkpoint back from a backup.",
            flow=flow.name,
        )
    return new_generation()


def new_generation() -> str:
    """A name that was never used: the time and four random bytes."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _newest(folder: str) -> str | None:
    path = Path(folder)
    return (
        max((child.name for child in path.iterdir() if child.is_dir()), default=None)
        if path.is_dir()
        else None
    )
