"""A call of the command line in this process, and a small mesh to call it on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakemesh.cli import main
from lakemesh.scaffold import init_mesh


@dataclass(frozen=True)
class Said:
    """What a call said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.splitlines()]


Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def said(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return said


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A mesh as init makes it, its one table written by hand."""
    folder = tmp_path / "mesh"
    init_mesh(folder)
    rows = pa.table(
        {"id": ["1", "2"], "amount": [1.5, 2.5], "updated_at": pa.nulls(2, pa.timestamp("us", "UTC"))}
    )
    write_deltalake(str(folder / "lakehouse/shop/orders/orders"), rows)
    return folder


@pytest.fixture
def in_mesh(call: Call, root: Path) -> Call:
    """A call with --mesh."""
    return lambda *words: call("--mesh", root, *words)
