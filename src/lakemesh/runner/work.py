"""A flow's work and a batch of it under way: what they are known by, and what the ops tables hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from lakemesh.runner.connect import is_connect
from lakemesh.runner.staging import Staging
from lakemesh.write import Txn
from lakemesh.write.ops import append_facts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.observe.checks import CheckResult
    from lakemesh.observe.ledger import Entry
    from lakemesh.plan.places import Place
    from lakemesh.plan.stages import Flow, Plan
    from lakemesh.run import Run
    from lakemesh.runner.evolving import Fields
    from lakemesh.runner.pins import LastBatch, Pins
    from lakemesh.runner.tally import Tally
    from lakemesh.spec.types import Struct
    from lakemesh.write import Found

    Tables = dict[str, tuple[Struct, Found]]


@dataclass(frozen=True)
class Work:
    """What every batch of a flow shares: the plan, the flow, its generation and the batch before."""

    plan: Plan
    flow: Flow
    generation: str
    checkpoint: str
    """Its folder; empty where a window is read, which has none."""
    last: LastBatch | None
    tables: Tables = field(default_factory=dict)
    """Each output's shape, with its table as the batch before left it: looked up once a run."""
    found: Fields = field(default_factory=dict)

    @property
    def known(self) -> LastBatch | None:
        """The last batch of this very generation."""
        return self.last if self.last and self.last.generation == self.generation else None

    @property
    def is_open(self) -> bool:
        """Whether its last batch was left open, to be replayed as it was begun."""
        return self.known is not None and self.known.is_open

    def is_replay(self, batch: int) -> bool:
        """Whether a batch was begun before and not given up: it is the last one of this very generation."""
        return self.known is not None and not self.known.failed and self.known.batch == batch

    def ops(self, table: str) -> Place:
        """One of the ops tables of the product's domain."""
        return self.plan.places.ops(self.plan.name.domain, table)

    def txn(self, table: str, batch: int) -> Txn:
        """The identity of a batch's write to a table."""
        return Txn(f"{self.plan.product}/{self.flow.name}/{self.generation}/{table}", batch)


@dataclass(frozen=True)
class Batch:
    """A batch under way."""

    work: Work
    number: int
    replayed: bool
    pins: Pins
    run: Run
    raw: DataFrame | None
    tally: Tally
    groups: DataFrame | None = None
    """The groups that an output makes anew; none where it makes all of them, or writes rows of the batch."""

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

    def staging(self) -> Staging:
        """What keeps the frames of one pass over it."""
        plan = self.work.plan
        folder = f"{plan.places.staging(plan.name)}/{self.run.run_id}-{token_hex(4)}"
        return Staging(folder, persists=not is_connect(self.run.session))

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

    def record_state(self, state: str) -> None:
        """Add a row to `batches`: open, done or failed."""
        self._append("batches", [{**self.facts(), **self.pins.facts(), "state": state}])

    def record_checks(self, checks: Sequence[CheckResult]) -> None:
        """Add the results of rules to `checks`."""
        self._append("checks", [{**self.facts(), **asdict(result)} for result in checks])

    def record_ledger(self, entries: Sequence[Entry]) -> None:
        """Add the lines of the batch to `ledger`."""
        key = self.facts()
        self._append("ledger", [{**key, **asdict(entry)} for entry in entries])

    def _append(self, table: str, rows: list[dict[str, Any]]) -> None:
        append_facts(self.run.session, self.work.ops(table), table, rows)
