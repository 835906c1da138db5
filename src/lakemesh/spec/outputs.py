"""Output ports: where consumers read. Words of ODPS 1.1 and ODCS 3.2 where they have one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

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
    """What is promised: `latency` (freshness) is what `status` compares; others are recorded."""
    value: str | int | float
    """How much."""
    value_ext: str | int | float | None = None
    """A second value, where a property has two."""
    unit: str | None = None
    """Of time: `s`, `m`, `h`, `d` (the default), `w`, `mo`, `y`, or the words."""
    element: str | None = None
    """The column that it is about."""
    driver: str | None = None
    """Why it is promised, such as `regulatory`."""


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
    """A name among the environment's `principals`."""
    access: str = "read"
    """What it may do."""
    description: str = ""
    """Who that is."""
    first_level_approvers: str | None = None
    """Who approves a request first."""
    second_level_approvers: str | None = None
    """Who approves it then."""


class _Port(Model):
    kind: Literal["delta"] = "delta"
    """What it is: a Delta table unless told."""
    from_: Annotated[str, Field(alias="from", min_length=1)]
    """The step or input port whose rows it takes."""
    description: str = ""
    """What is served here. It becomes the table's comment."""
    schema_: Annotated[SchemaSpec | None, Field(alias="schema")] = None
    """The contract: columns, a short map of name to Spark type, `{ref: NAME}`, or a file. Default: the
    columns of its frame.
    """
    cluster_by: Words = ()
    """Up to four columns by which the table's files are clustered."""
    quality: Many[Rule] = ()
    """Rules about the rows of each batch."""
    sla_properties: Many[SlaProperty] = ()
    """Service levels, such as `{property: latency, value: 15, unit: m}`."""
    roles: Many[Role] = ()
    """Who may read. Recorded: grants come with a later version."""
    tags: Words = ()
    """Words to find it by."""
    contract_id: str | None = None
    """The id of its contract. Recorded."""
    properties: dict[str, str | int | bool] = {}
    """Delta's own table properties, such as `delta.logRetentionDuration`."""
    recompute: Words = ()
    """Columns that make a group (overwrite and merge): the groups that a batch touches are made anew of all
    rows that another output of the product keeps, and replaced.
    """


class Append(_Port):
    """Every row is added; none is ever changed."""

    write: Literal["append"]


class Overwrite(_Port):
    """The table, the groups or the slice that the frame covers is replaced."""

    write: Literal["overwrite"]
    by: Words = ()
    """Columns that make a group; only groups that the frame has are replaced. Default: the whole table."""
    where: str | None = None
    """A SQL condition: the slice that is replaced; each row of the frame must be in it."""
    sequence_by: Words = ()
    """Which version of a group is newer. Needed where the groups come from an incremental input."""
    delete_when: str | None = None
    """A SQL condition on the frame: a row for which it is true takes its group away. Needs sequenceBy."""


class Merge(_Port):
    """One row for each key: the one with the highest sequence, whatever order they come in."""

    write: Literal["merge"]
    keys: Annotated[Words, Field(min_length=1)]
    """The columns that make a row itself. A NULL in one is quarantined."""
    sequence_by: Words = ()
    """Which row of a key is newest. Without it, the one that arrived last."""
    delete_when: str | None = None
    """A SQL condition: such a row deletes its key, and no older row brings it back."""


class History(_Port):
    """Every version of each key, with valid_from, valid_to and is_current (SCD 2)."""

    write: Literal["history"]
    keys: Annotated[Words, Field(min_length=1)]
    """The columns that make a thing itself. A NULL in one is quarantined."""
    sequence_by: Words = ()
    """The column that says since when a version holds; it becomes `valid_from`. Left out with `snapshot`,
    whose versions begin at the run's clock.
    """
    delete_when: str | None = None
    """A SQL condition: such a row closes the open version."""
    source: Literal["changes", "snapshot"] = "changes"
    """Whether rows are changes, or each frame is all there is, so that an absent key was deleted."""
    max_deleted: Percent | None = None
    """With `snapshot`, the part of the keys that may go at once, such as `10 %`; beyond it the run stops."""


class View(Model):
    """SQL over the product's own Delta ports."""

    kind: Literal["view"]
    """A view."""
    sql: Annotated[str, Field(min_length=1)]
    """One SELECT over the product's own delta ports, by their names."""
    description: str = ""
    """What is served here."""
    schema_: Annotated[SchemaSpec | None, Field(alias="schema")] = None
    """The columns, for their documentation."""
    roles: Many[Role] = ()
    """Who may read. Recorded: grants come with a later version."""
    tags: Words = ()
    """Words to find it by."""


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
_Delta = TypeVar("_Delta", bound=_Port)
_NAMING = ("keys", "by", "sequence_by", "cluster_by", "recompute")


def told_by(port: AnyDelta) -> Words:
    """The columns that tell the rows of an output apart, or its groups; none where nothing does."""
    match port:
        case Merge() | History():
            return port.keys
        case Overwrite():
            return port.by
        case Append():
            return ()


def spelled(port: _Delta, columns: Iterable[str]) -> _Delta:
    """The port with the columns that it names spelt as they are: Spark finds them in any case."""
    own = {name.lower(): name for name in columns}
    said = {key: getattr(port, key) for key in _NAMING if getattr(port, key, ())}
    return port.model_copy(
        update={key: tuple(own.get(name.lower(), name) for name in names) for key, names in said.items()}
    )
