"""What `validate` found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.errors import print_findings
from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.words import count

if TYPE_CHECKING:
    from lakemesh.errors import Finding


def print_verdict(
    products: int, findings: Sequence[Finding], as_json: bool, notes: Sequence[Finding] = ()
) -> None:
    """Print the findings to stderr, and to stdout the notes and how many findings; or all as JSON."""
    print_findings(findings, as_json)
    if as_json:
        document = {
            "products": products,
            "findings": [finding.facts() for finding in findings],
            "notes": [note.facts() for note in notes],
        }
        click.echo(to_json(document, indent=2))
    else:
        for note in notes:
            click.echo(f"note: {note}")
        found = count(len(findings), "finding") if findings else "no findings"
        click.echo(f"{count(products, 'product')}, {found}")
