"""Test cases of a product: tests.yml beside product.yml."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, RootModel

from lakemesh.spec.environment import Instant
from lakemesh.spec.model import Model


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Row = dict[str, Any]
Rows = Annotated[tuple[Row, ...], BeforeValidator(_listed)]
Records = Annotated[tuple[Row | str, ...], BeforeValidator(_listed)]
"""Rows, or the raw text of a record that is none."""


class Case(Model):
    """Given these records and tables at this clock, expect these rows."""

    name: Annotated[str, Field(min_length=1)]
    clock: Instant | None = None
    tables: dict[str, Rows] = {}
    given: dict[str, Records] = {}
    expect: Annotated[dict[str, Rows], Field(min_length=1)]


class Cases(RootModel[Annotated[tuple[Case, ...], BeforeValidator(_listed)]]):
    """A whole tests.yml."""
