"""What docs/cli.md shows is what happens; commands that start Spark are left to the tests of runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.cli import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Call

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
WARM = {"run", "test", "preview", "restore"}


def shown() -> list[tuple[list[str], str]]:
    """Each command that the page shows, with the output that it shows."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    parts = [
        part for block in blocks for part in re.split(r"^\$ lakemesh ", block, flags=re.MULTILINE) if part
    ]
    return [(shlex.split(part.split("\n", 1)[0]), part.split("\n", 1)[1]) for part in parts]


def test_what_is_shown_happens(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = shown()
    assert len(commands) > 8
    for words, wanted in commands:
        if not WARM & set(words):
            said = call(*words)
            assert said.code == 0, said.err
            assert not wanted or said.out == wanted


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told(name: str) -> None:
    assert f"| `{name}" in PAGE
