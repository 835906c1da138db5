"""What `doctor` found, thing by thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json

if TYPE_CHECKING:
    from lakemesh.doctor.checkup import Checkup

_MARKS = {"ok": "ok", "note": "note", "missing": "MISSING"}


def print_checkups(checkups: Sequence[Checkup], as_json: bool) -> int:
    """Print what was looked at; the exit code: 1 where something needed is missing."""
    lacking = sum(one.state == "missing" for one in checkups)
    if as_json:
        document = {"healthy": not lacking, "checkups": [asdict(one) for one in checkups]}
        click.echo(to_json(document, indent=2))
    else:
        click.echo("\n".join([*_lines(checkups), _total(lacking)]))
    return 1 if lacking else 0


def _lines(checkups: Sequence[Checkup]) -> Iterator[str]:
    for one in checkups:
        yield f"{_MARKS[one.state]:<8} {one.what}: {one.found}"
        if one.remedy:
            yield f"{'':<8}   -> {one.remedy}"


def _total(lacking: int) -> str:
    if not lacking:
        return "Nothing that a run needs is missing."
    return f"{lacking} {'thing is' if lacking == 1 else 'things are'} missing that a run needs."
