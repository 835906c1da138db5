"""The columns that a history adds to what is written to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakemesh.spec.columns import Column
from lakemesh.spec.types import Primitive

if TYPE_CHECKING:
    from lakemesh.spec.outputs import History
    from lakemesh.spec.types import DataType

FROM, TO, CURRENT = VERSION = ("valid_from", "valid_to", "is_current")


def instant_of(port: History, sequence: DataType | None) -> DataType | None:
    """The type of valid_from: of the sequence from changes, a timestamp from snapshots."""
    return Primitive("timestamp") if port.source == "snapshot" else sequence


def version_columns(instant: DataType) -> tuple[Column, ...]:
    """valid_from, valid_to and is_current, described for who reads the table."""
    kind = instant.ddl
    return (
        Column(name=FROM, physical_type=kind, description="From when this version of the row holds."),
        Column(
            name=TO,
            physical_type=kind,
            description="When the next version begins, or the row was deleted; NULL while it holds.",
        ),
        Column(name=CURRENT, logical_type="boolean", description="Whether this version holds now."),
    )
