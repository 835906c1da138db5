"""`lakemesh demo-data`: source files for the reference mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lakemesh.cli.options import env_option, example, output_option

if TYPE_CHECKING:
    from lakemesh.cli.call import Call


@click.command("demo-data", epilog=example("lakemesh demo-data --orders 2000 --seed 7"))
@click.option(
    "--orders", type=click.IntRange(min=1), default=20_000, help="How many orders.  [default: 20000]"
)
@click.option("--seed", type=int, default=7, help="The same seed makes the same files.  [default: 7]")
@click.option(
    "--wave",
    type=click.IntRange(1, 6),
    default=1,
    help="Which delivery: later ones add and change.  [default: 1]",
)
@env_option
@output_option
@click.pass_obj
def command(call: Call, orders: int, seed: int, wave: int, environment: str, output: str) -> None:
    """Generate the reference mesh's source files, with known dirt, and a manifest of the truth."""
    from lakemesh.cli.render.demos import print_manifest
    from lakemesh.demo.generate import generate

    manifest = generate(call.root(), orders=orders, seed=seed, wave=wave, environment=environment)
    print_manifest(manifest, as_json=output == "json")
