"""Test cases of a product: tests.yml beside product.yml."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, RootModel, model_validator

from lakemesh.spec.environment import Instant
from lakemesh.spec.model import Model


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Row = dict[str, Any]
Rows = Annotated[tuple[Row, ...], BeforeValidator(_listed)]
Records = Annotated[tuple[Row | str, ...], BeforeValidator(_listed)]
"""Rows, or the raw text of a record that is none."""


class Case(Model):
    """Given these records and tables at this clock, expect these rows, or a run that fails."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["expect"]}, {"required": ["expectFailure"]}]}
    )

    name: Annotated[str, Field(min_length=1)]
    """What is shown: a sentence in the present."""
    clock: Instant | None = None
    """The time at which the case runs, as ISO 8601."""
    tables: dict[str, Rows] = {}
    """Rows that the product's own tables hold before; also `<port>__tombstones`."""
    given: dict[str, Records] = {}
    """Records for each input port; a text is a record as it stands, such as one that is broken."""
    expect: Annotated[dict[str, Rows], Field(min_length=1)] = {}
    """Rows of tables afterwards, in any order: of each row the columns that are named. Also
    `<port>__quarantine`, `<port>__tombstones` and `<input>__rejected`.
    """
    expect_failure: Annotated[str | None, Field(min_length=1)] = None
    """A text that the message of the failed run contains; tables are compared as the run left them."""

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.expect and self.expect_failure is None:
            raise ValueError("a case needs 'expect', 'expectFailure', or both")
        return self


class Cases(RootModel[Annotated[tuple[Case, ...], BeforeValidator(_listed)]]):
    """A whole tests.yml."""
