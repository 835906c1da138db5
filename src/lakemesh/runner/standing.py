"""Where a product's tables and flows stand: noted as a run begins, so that it can be undone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakemesh.runner.pins import last_batch
from lakemesh.write.versions import version_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakemesh.plan.stages import Plan


@dataclass(frozen=True)
class Position:
    """The last batch that a flow has begun, of which generation, and whether it was left open."""

    generation: str
    batch: int
    is_open: bool


@dataclass(frozen=True)
class Standing:
    """The version of each table by location, and the position of each flow; None where there is none yet."""

    tables: dict[str, int | None] = field(default_factory=dict)
    flows: dict[str, Position | None] = field(default_factory=dict)

    def to_json(self) -> str:
        """The standing as text for the runs table."""
        flows = {
            name: [place.generation, place.batch, place.is_open] if place else None
            for name, place in self.flows.items()
        }
        return json.dumps({"tables": self.tables, "flows": flows})


def standing_from(text: str) -> Standing:
    """The standing that a text of the runs table tells."""
    said = json.loads(text)
    flows = {name: Position(*place) if place else None for name, place in said["flows"].items()}
    return Standing(said["tables"], flows)


def take_standing(plan: Plan, session: SparkSession) -> Standing:
    """Where the plan's tables and flows stand now."""
    batches = plan.places.ops(plan.name.domain, "batches")
    flows: dict[str, Position | None] = {}
    for flow in plan.flows:
        last = last_batch(session, batches, plan.product, flow.name)
        # A batch that was given up is tried again under its number; one of snapshots gets a new number.
        back = 1 if last and last.failed and flow.input is not None else 0
        flows[flow.name] = Position(last.generation, last.batch - back, last.is_open) if last else None
    return Standing({where: version_of(session, table) for where, table in plan.tables.items()}, flows)
