"""The tutorial, done as it says: its files written, its commands run, what it shows compared.

A block behind a line with a path is that file, or, as a diff, a change of it. Of a `console` block the lines
behind each command are its answer, standard error first; ids, times and seconds are anybody's.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.servers import LEAN_JAVA

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"(?:^`(\S+)`:\n\n)?^```(\w+)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PROGRESS = re.compile(r"^\d\d:\d\d:\d\d .*\n", re.MULTILINE)
ANYBODYS = (
    (re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}"), "RUN"),
    (re.compile(r"\b(\d+\.\d s|\d+ min \d+ s)\b"), "SECONDS"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"), "TIME"),
    # Columns are as wide as what is anybody's.
    (re.compile(r"-{4,}"), "----"),
    (re.compile(r"(?<=\S) {2,}"), "  "),
    (re.compile(r" +$", re.MULTILINE), ""),
)
pytestmark = [pytest.mark.slow(minutes=2), pytest.mark.process]


class Part(NamedTuple):
    """A block of the page: the file that it belongs to, its language, its text."""

    file: str
    language: str
    text: str


def parts() -> list[Part]:
    return [Part(*found) for found in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    for said in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, answer = said.partition("\n")
        yield shlex.split(line), answer


def plain(said: str) -> str:
    for pattern, word in ANYBODYS:
        said = pattern.sub(word, said)
    return said


def change(file: Path, diff: str) -> None:
    """Replace the lines with - by those with +; they must be there once."""
    old, new = ("".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] == sign) for sign in "-+")
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def call(words: list[str], folder: Path) -> str:
    """What a command says, without its progress."""
    environment = {
        **os.environ,
        "LAKEMESH_JARS": str(ROOT / ".lakemesh" / "jars"),
        "NO_COLOR": "1",
        "SPARK_SUBMIT_OPTS": LEAN_JAVA,  # a JVM of seconds, not of hours
    }
    said = subprocess.run(
        [sys.executable, "-m", "lakemesh.cli", *words],
        cwd=folder, env=environment, text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert "Traceback" not in said.stderr, said.stderr
    return PROGRESS.sub("", said.stderr) + said.stdout


def test_what_the_tutorial_says_happens(tmp_path: Path) -> None:
    folder, run = tmp_path, 0
    for part in parts():
        if part.language == "diff":
            change(folder / part.file, part.text)
        elif part.file:
            (folder / part.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / part.file).write_text(part.text, encoding="utf-8")
        else:
            assert part.language == "console", f"nobody knows what to do with this block: {part.text}"
            for words, answer in commands(part.text):
                run += 1
                if words[0] == "cd":
                    folder = folder / words[1]
                    continue
                said = call(words[1:], folder).replace(str(tmp_path), "/home/you")
                assert plain(said) == plain(answer), shlex.join(words)
    assert run > 10
