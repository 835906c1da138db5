"""What Spark Connect asks for: an answer in time, deep plans that can be sent, batches that can be heard.

Over Connect a batch runs in a process of the server's, whose events nobody hears; what it leaves in the ops
tables is looked at while it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from lakemesh.errors import LakemeshError, SetupError
from lakemesh.observe.events import BatchClosed, BatchOpened
from lakemesh.observe.ledger import TERMS, Entry, totals
from lakemesh.runner.explain import sentence
from lakemesh.write.ops import read_facts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.run import Run
    from lakemesh.runner.work import Work

_EVERY_SECONDS = 1.0
ANSWER_SECONDS = 30.0


def is_connect(session: object) -> bool:
    """Whether a session speaks Spark Connect."""
    return "connect" in type(session).__module__


def allow_deep_plans() -> None:
    """Let this process write plans of any depth: protobuf stops at 100 messages inside each other.

    Source: https://github.com/protocolbuffers/protobuf/blob/main/python/message.c, SetAllowOversizeProtos.
    """
    with suppress(ImportError):  # its pure Python has no such limit
        import_module("google._upb._message").SetAllowOversizeProtos(True)


def connect(address: str, settings: Mapping[str, str]) -> SparkSession:
    """A session of the server at an address, its settings made.

    Raises SetupError where it does not answer within half a minute, or does not let a setting be made.
    """
    name = address.partition(";")[0].rstrip("/")  # what follows is for the server alone
    answer: list[SparkSession | Exception] = []
    # Nothing bounds a call to a server that takes it and says nothing.
    asking = Thread(target=lambda: answer.append(_answered(address, settings)), daemon=True)
    asking.start()
    asking.join(ANSWER_SECONDS)
    match answer:
        case [LakemeshError() as error]:
            raise error
        case [Exception() as error]:
            raise SetupError(f"{name} is no Spark Connect server that lakemesh can use: {_reason(error)}")
        case []:
            raise SetupError(f"{name} does not answer as a Spark Connect server within {ANSWER_SECONDS:g} s.")
        case _:
            return cast("SparkSession", answer[0])


def _answered(address: str, settings: Mapping[str, str]) -> SparkSession | Exception:
    """The session, or what went wrong."""
    from pyspark.sql import SparkSession

    try:
        session: SparkSession = SparkSession.builder.remote(address).getOrCreate()
        _ = session.version
        for key, value in settings.items():
            _set(session, key, value)
    except Exception as error:
        return error
    return session


def _set(session: SparkSession, key: str, value: str) -> None:
    try:
        session.conf.set(key, value)
    except Exception as error:
        raise SetupError(
            f"the setting {key} cannot be made over Spark Connect: {_reason(error)} Make it where the server"
            " is started, and leave it out of the environment."
        ) from error


def _reason(error: Exception) -> str:
    """What a server says of itself, or how the line to it failed."""
    details = getattr(error, "details", None)
    return sentence(str(details()) if callable(details) else str(error))


@contextmanager
def heard(work: Work, run: Run) -> Iterator[None]:
    """Tell of the batches that begin and end in another process, until the block ends."""
    if not is_connect(run.session):
        yield
        return
    told: set[tuple[int, str]] = set()
    over = Signal()
    listening = Thread(target=_listen, args=(work, run, told, over), daemon=True)
    listening.start()
    try:
        yield
    finally:
        over.set()
        listening.join()
        _tell(work, run, told)


def _listen(work: Work, run: Run, told: set[tuple[int, str]], over: Signal) -> None:
    while not over.wait(_EVERY_SECONDS):
        _tell(work, run, told)


def _tell(work: Work, run: Run, told: set[tuple[int, str]]) -> None:
    """Tell of what is new among the batches of this run."""
    with suppress(Exception):  # who only looks on stops nobody
        for row in _rows(work, run, "batches"):
            key = row["batch"], row["state"]
            if key not in told:
                told.add(key)
                _tell_of(work, run, *key)


def _tell_of(work: Work, run: Run, batch: int, state: str) -> None:
    said: dict[str, Any] = {"product": work.plan.product, "run_id": run.run_id}
    said |= {"flow": work.flow.name, "batch": batch}
    if state == "open":
        run.emit(BatchOpened(**said))
    if state == "done":
        run.emit(BatchClosed(**(said | totals(_entries(work, run, batch)))))


def _entries(work: Work, run: Run, batch: int) -> list[Entry]:
    rows = [row for row in _rows(work, run, "ledger") if row["batch"] == batch]
    return [Entry(kind=row["kind"], name=row["name"], **{term: row[term] for term in TERMS}) for row in rows]


def _rows(work: Work, run: Run, table: str) -> list[dict[str, Any]]:
    key = {"product": work.plan.product, "flow": work.flow.name, "run_id": run.run_id}
    return read_facts(run.session, work.ops(table), key)
