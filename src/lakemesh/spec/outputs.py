"""Output ports: where consumers read. Words of ODPS 1.1 and ODCS 3.2 where they have one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from lakemesh.spec.columns import SchemaSpec
from lakemesh.spec.expectations import Rule
from lakemesh.spec.model import Many, Model, Words

# ODCS 3.2 has d, day, days and y, yr, years; shorter spans are said in the like.
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400),
    **dict.fromkeys(("mo", "month", "months"), 30 * 86400),
    **dict.fromkeys(("y", "yr", "year", "years"), 365 * 86400),
}
_LONGEST = dt.timedelta.max.total_seconds()
Percent = Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?%$")]


class SlaProperty(Model):
    """A service level: property, value and unit, as ODCS 3.2 has them."""

    property: str
    value: str | int | float
    value_ext: str | int | float | None = None
    unit: str | None = None
    element: str | None = None
    driver: str | None = None


def span_of(promise: SlaProperty) -> dt.timedelta | None:
    """The time that a service level says by value and unit (days where it has none), or None.

    A month counts 30 days, a year 365.
    """
    seconds = _SECONDS.get((promise.unit or "d").strip().lower())
    try:
        said = float(promise.value)
    except ValueError:
        return None
    if seconds is None or not 0 <= said * seconds < _LONGEST:
        return None
    return dt.timedelta(seconds=said * seconds)


class Role(Model):
    """Who may read: a role of the environment's principals, and who approves."""

    role: str
    access: str = "read"
    description: str = ""
    first_level_approvers: str | None = None
    second_level_approvers: str | None = None


class _Port(Model):
    kind: Literal["delta"] = "delta"
    from_: Annotated[str, Field(alias="from", min_length=1)]
    description: str = ""
    schema_: Annotated[SchemaSpec | None, Field(alias="schema")] = None
    cluster_by: Words = ()
    quality: Many[Rule] = ()
    sla_properties: Many[SlaProperty] = ()
    roles: Many[Role] = ()
    tags: Words = ()
    contract_id: str | None = None
    properties: dict[str, str | int | bool] = {}
    recompute: Words = ()


class Append(_Port):
    """Every row is added; none is ever changed."""

    write: Literal["append"]


class Overwrite(_Port):
    """The table, the groups or the slice that the frame covers is replaced."""

    write: Literal["overwrite"]
    by: Words = ()
    where: str | None = None
    sequence_by: Words = ()


class Merge(_Port):
    """One row for each key: the one with the highest sequence, whatever order they come in."""

    write: Literal["merge"]
    keys: Annotated[Words, Field(min_length=1)]
    sequence_by: Words = ()
    delete_when: str | None = None


class History(_Port):
    """Every version of each key, with valid_from, valid_to and is_current (SCD 2)."""

    write: Literal["history"]
    keys: Annotated[Words, Field(min_length=1)]
    sequence_by: Words = ()
    delete_when: str | None = None
    source: Literal["changes", "snapshot"] = "changes"
    max_deleted: Percent | None = None


class View(Model):
    """SQL over the product's own Delta ports."""

    kind: Literal["view"]
    sql: Annotated[str, Field(min_length=1)]
    description: str = ""
    schema_: Annotated[SchemaSpec | None, Field(alias="schema")] = None
    roles: Many[Role] = ()
    tags: Words = ()


DeltaPort = Annotated[Append | Overwrite | Merge | History, Field(discriminator="write")]


def _family(value: Any) -> str:
    kind = value.get("kind", "delta") if isinstance(value, dict) else getattr(value, "kind", "delta")
    return f"port-{kind}"


OutputPort = Annotated[
    Annotated[DeltaPort, Tag("port-delta")] | Annotated[View, Tag("port-view")],
    Discriminator(_family),
]
AnyDelta = Append | Overwrite | Merge | History
AnyOutput = AnyDelta | View
"""Any output port, for annotations."""
