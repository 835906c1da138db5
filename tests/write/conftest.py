"""Output ports as the writers see them, in a folder of the test's own, and tables looked at without Spark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from lakemesh.plan.places import Place
from lakemesh.plan.stages import Land
from lakemesh.spec.columns import Column, Columns
from lakemesh.spec.outputs import DeltaPort

Rows = list[dict[str, Any]]
_PORT: TypeAdapter[Any] = TypeAdapter(DeltaPort)
_COLUMNS: TypeAdapter[Any] = TypeAdapter(Columns)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where the test's table is."""
    return Place(name="shop.orders.out", location=str(tmp_path / "out"))


@pytest.fixture
def land(place: Place) -> Callable[..., Land]:
    """A function from a port's words, its columns and what else the plan says to the stage."""

    def make(columns: Any = None, about: dict[str, Any] | None = None, **port: Any) -> Land:
        said = {"from": "step", "write": "append", **port}
        found: tuple[Column, ...] | None = None if columns is None else _COLUMNS.validate_python(columns)
        return Land(
            name="out",
            port=_PORT.validate_python(said),
            table=place,
            quarantine=place.beside("__quarantine"),
            columns=found,
            **(about or {}),
        )

    return make


@pytest.fixture
def rows() -> Callable[[Place], Rows]:
    """A function from a table to its rows, read without Spark."""
    return _rows


def _rows(place: Place) -> Rows:
    from deltalake import DeltaTable

    return DeltaTable(place.location).to_pyarrow_table().to_pylist()


@pytest.fixture
def version() -> Callable[[Place], int]:
    """A function from a table to the version at which it stands."""
    return _version


def _version(place: Place) -> int:
    from deltalake import DeltaTable

    return DeltaTable(place.location).version()
