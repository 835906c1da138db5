"""`lakemesh init`: a new mesh."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from lakemesh.cli.options import example, output_option


@click.command("init", epilog=example("lakemesh init my-mesh", "lakemesh --mesh my-mesh run --all"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@output_option
def command(folder: Path, output: str) -> None:
    """Make a new mesh in DIR, which must be new or empty: one domain, one product, sample data, tests."""
    from lakemesh.cli.render.scaffolds import print_made
    from lakemesh.scaffold.mesh import init_mesh

    made = init_mesh(folder)
    prefix = f"lakemesh --mesh {shlex.quote(str(folder))}"
    print_made(made, output == "json", [f"{prefix} run --all", f"{prefix} status"])
