"""Rows after a step, and what they were taken from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.tables import print_table
from lakemesh.cli.render.words import count

if TYPE_CHECKING:
    from lakemesh.runner.preview import Looked, Preview


def print_preview(preview: Preview, as_json: bool) -> None:
    """Print the rows; what is to be known of them goes to stderr, or into the JSON document."""
    if as_json:
        rows = [dict(zip(preview.columns, row, strict=True)) for row in preview.rows]
        inputs = [
            {key: value for key, value in asdict(one).items() if value is not None} for one in preview.inputs
        ]
        click.echo(to_json({**asdict(preview), "rows": rows, "inputs": inputs}, indent=2))
        return
    print_table(preview.columns, preview.rows)
    for line in _remarks(preview):
        click.echo(line, err=True)


def _remarks(preview: Preview) -> Iterator[str]:
    if preview.more:
        yield f"The first {count(len(preview.rows), 'row')}; --limit N shows more."
    if not preview.rows:
        yield "No row."
    for name, reasons in preview.rejected.items():
        told = ", ".join(f"{count(number, 'record')} {reason}" for reason, number in sorted(reasons.items()))
        yield f"Rejected of {name}: {told}." if told else f"Nothing of {name} was rejected."
    if preview.masked:
        yield f"Masked as classified: {', '.join(preview.masked)}."
    yield f"Looked at: {', '.join(map(_looked, preview.inputs))}."


def _looked(one: Looked) -> str:
    if one.version is not None:
        return f"{one.name} (version {one.version})"
    if one.files is None:
        return one.name
    files = "1 file" if one.of == 1 else f"{one.of or 0:,} files"
    if one.files == one.of:
        return f"{one.name} ({files})"
    return f"{one.name} (the newest {one.files:,} of {files})"
