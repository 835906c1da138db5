"""What a scaffold made, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json

if TYPE_CHECKING:
    from lakemesh.scaffold.made import Made


def print_made(made: Made, as_json: bool, following: Sequence[str]) -> None:
    """Print the files that were written, what is still to be done, and the commands that make sense now."""
    if as_json:
        document = {"root": str(made.root), "files": made.files, "notes": made.notes, "next": list(following)}
        click.echo(to_json(document, indent=2))
        return
    lines = [f"  {file}" for file in made.files]
    click.echo(
        "\n".join(
            [f"Wrote in {made.root}:", *lines, *made.notes, "Next:", *(f"  {line}" for line in following)]
        )
    )
