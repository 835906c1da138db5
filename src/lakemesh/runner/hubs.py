"""A hub that is read itself, before its stream starts: whether its namespace answers, how much waits."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lakemesh.errors import ReadFailed
from lakemesh.read import retention
from lakemesh.read.connection import address_of
from lakemesh.read.files import read_offsets
from lakemesh.runner.checkpoints import committed_batch
from lakemesh.runner.connect import is_connect
from lakemesh.runner.hub_errors import no_route
from lakemesh.runner.reach import Address
from lakemesh.spec.inputs import EventHub

if TYPE_CHECKING:
    from lakemesh.plan.stages import Read
    from lakemesh.run import Run
    from lakemesh.runner.work import Work

PATIENCE = dt.timedelta(minutes=15)
"""How long an event waits at most for others (minPerBatch)."""
_SECONDS = 5.0


def require_answer(read: Read, run: Run) -> None:
    """Nothing. Raises ReadFailed where nobody listens at the namespace's endpoint.

    Kafka's client would try for a minute. Where Spark runs elsewhere, nothing is known from here.
    """
    if read.hub is None or is_connect(run.session):
        return
    address = address_of(read, read.hub, run.secrets)
    host, _, port = address.rpartition(":")
    silence = Address("sb", host.strip("[]"), int(port)).silence(_SECONDS)
    if silence:
        raise ReadFailed(no_route(read, address, silence))


def too_few(work: Work, run: Run) -> bool:
    """Whether fewer events wait than the port wants of a batch, and none of them for long."""
    read = work.flow.read(work.flow.input or "")
    port, batch = read.port, committed_batch(work.checkpoint)
    if not isinstance(port, EventHub) or read.hub is None or not port.min_per_batch or batch is None:
        return False
    if work.is_open:
        return False
    start = retention.numbers_of(port, read_offsets(work.checkpoint, batch))
    try:
        found = retention.waiting(read, port, read.hub, start, port.min_per_batch, run)
    except Exception:  # what is wrong with the hub is the stream's to find, and then told in full
        return False
    overdue = found.since is not None and found.since <= dt.datetime.now(dt.UTC) - PATIENCE
    return found.events < port.min_per_batch and not overdue
