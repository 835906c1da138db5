"""Where the checkpoint of an event hub begins: decided at its first run, and kept beside it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

from lakemesh.spec.inputs import EventHub

if TYPE_CHECKING:
    from lakemesh.plan.stages import Flow
    from lakemesh.spec.inputs import InputPort

Start = str | dict[str, int]


def start_flow(flow: Flow, folder: str, generation: str, now: dt.datetime) -> Flow:
    """The flow with the start that its input's checkpoint was begun with, whatever the spec says now."""
    if flow.input is None or not isinstance(flow.read(flow.input).port, EventHub):
        return flow
    start = _remembered(Path(folder, f"{generation}.start"), flow.read(flow.input).port, now)
    reads = (
        read.model_copy(update={"start": start}) if read.name == flow.input else read for read in flow.reads
    )
    return flow.model_copy(update={"reads": tuple(reads)})


def _remembered(file: Path, port: InputPort, now: dt.datetime) -> Start:
    if file.is_file():
        start: Start = json.loads(file.read_text(encoding="utf-8"))
        return start
    start = _said(port, now)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(start), encoding="utf-8")
    return start


def _said(port: InputPort, now: dt.datetime) -> Start:
    """The port's startFrom; the latest event is the last one before now."""
    said = getattr(port, "start_from", "earliest")
    if said == "latest":
        return now.isoformat()
    if isinstance(said, dt.datetime):
        return (said if said.tzinfo else said.replace(tzinfo=dt.UTC)).isoformat()
    return said
