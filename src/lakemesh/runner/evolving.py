"""Fields that earlier runs found and nobody declared: text columns of the view of an input with `evolve`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lakemesh.names import TRAVELLING
from lakemesh.read.records import FOUND
from lakemesh.spec.inputs import Blob, EventHub
from lakemesh.write.ops import read_facts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.plan.stages import Flow, Land, Plan, Read
    from lakemesh.run import Run

Fields = dict[str, tuple[str, ...]]
"""For each input the fields that its view has beside the declared ones."""
# A producer that writes data as names must not make a table of any width; the rest stays in _rescued_data.
_MOST = 500


def found_fields(plan: Plan, flow: Flow, run: Run) -> Fields:
    """What the runs before this one found in inputs that evolve, by input; from the checks that they left."""
    evolving = [read for read in flow.reads if _evolves(read)]
    if not evolving:
        return {}
    place = plan.places.ops(plan.name.domain, "checks")
    said: dict[str, set[str]] = {}
    for row in read_facts(run.session, place, {"product": plan.product, "rule": "no_unknown_fields"}):
        if row["run_id"] != run.run_id:
            said.setdefault(row["output"], set()).update(json.loads(row["arguments"]).get("fields", ()))
    return {read.name: usable(read, said.get(read.name, ())) for read in evolving}


def _evolves(read: Read) -> bool:
    return isinstance(read.port, Blob | EventHub) and read.port.on_schema_change == "evolve"


def usable(read: Read, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the found names that can stand beside the declared columns, sorted.

    Spark does not tell names apart by their case, and what lies within a declared column has no place of its
    own: these stay in `_rescued_data`.
    """
    declared = [column.name for column in read.columns]
    taken = {name.lower() for name in (*declared, *TRAVELLING, "")}
    within = tuple(f"{name}{mark}" for name in declared for mark in (".", "["))
    kept = []
    for name in sorted(set(names)):
        if name.lower() not in taken and not name.startswith((*within, "__")):
            taken.add(name.lower())
            kept.append(name)
    return tuple(kept[:_MOST])


def without_found(view: DataFrame, land: Land, found: Fields) -> DataFrame:
    """The view without the found fields that an output does not declare.

    Without a contract only a column that still is the input's own is left out: a step may give another one
    the same name.
    """
    names = {name for fields in found.values() for name in fields}
    declared = {column.name.lower() for column in land.columns or ()}
    own = [
        field.name
        for field in view.schema.fields
        if field.name in names and (land.columns is not None or field.metadata.get(FOUND))
    ]
    return view.drop(*(name for name in own if name.lower() not in declared))
