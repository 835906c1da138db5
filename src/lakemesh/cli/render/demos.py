"""What the demo's generator wrote."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.words import count

if TYPE_CHECKING:
    from lakemesh.demo.manifest import Manifest

_MEGA = 1_000_000


def print_manifest(manifest: Manifest, as_json: bool) -> None:
    """Print what was generated: as text how much, as JSON the manifest of the truth itself."""
    if as_json:
        click.echo(to_json(asdict(manifest), indent=1))
        return
    records = ", ".join(f"{port} {number:,}" for port, number in manifest.records.items())
    size = f"{count(len(manifest.files), 'file')}, {manifest.bytes / _MEGA:.1f} MB"
    click.echo(f"{count(manifest.orders, 'order')}, seed {manifest.seed}, wave {manifest.wave}: {size}")
    click.echo(f"records: {records}")
