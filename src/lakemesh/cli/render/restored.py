"""What a restore put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lakemesh.cli.render.json import to_json

if TYPE_CHECKING:
    from lakemesh.runner.restore import Restored


def print_restored(restored: Restored, prefix: str, as_json: bool) -> None:
    """Print each table that was put back, and what has to be done now."""
    if as_json:
        click.echo(to_json(restored.facts(), indent=2))
        return
    click.echo(f"{restored.product} is where it was before run {restored.run_id}.")
    for table, there, back in restored.tables:
        what = "was not there yet: emptied" if back is None else f"holds version {back} again"
        click.echo(f"  {table}: {what} (was at {there})")
    if not restored.tables:
        click.echo("  no table has changed since")
    click.echo(f"The next run reads on from there: {prefix} run {restored.product}")
    for reader in restored.stream_readers:
        click.echo(
            f"{reader} follows its rows and may have read some that are gone: {prefix} run {reader}"
            " --full-refresh"
        )
