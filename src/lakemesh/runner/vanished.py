"""An output's table that is gone while its flow goes on behind what stood in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.errors import RunError
from lakemesh.spec.outputs import History
from lakemesh.write.ops import read_facts
from lakemesh.write.versions import version_of

if TYPE_CHECKING:
    from lakemesh.run import Run
    from lakemesh.runner.work import Work


def require_tables(work: Work, run: Run) -> None:
    """Nothing. Raises RunError where a table is gone that held rows of batches which are not read again.

    By the ledger: an output that is new, or never got a row, has no table to miss.
    """
    if work.known is None:
        return
    kept = [land for land in work.flow.outputs if work.flow.input or isinstance(land.port, History)]
    gone = [land for land in kept if version_of(run.session, land.table) is None]
    if not gone:
        return
    key = {"product": work.plan.product, "flow": work.flow.name, "generation": work.generation}
    lines = read_facts(run.session, work.ops("ledger"), {**key, "kind": "output"})
    held = {line["name"] for line in lines if line["inserted"]}
    lost = next((land for land in gone if land.name in held), None)
    if lost is not None:
        raise RunError(
            f"the table {lost.table.name} is gone, and what earlier batches wrote into it with it: nothing"
            f" was written. Bring it back, or build it anew: lakemesh run {work.plan.product} --full-refresh."
        )
