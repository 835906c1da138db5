"""`lakemesh status`: how the products stand."""

from __future__ import annotations

import datetime as dt

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.options import env_option, example, output_option


@click.command("status", epilog=example("lakemesh status", "lakemesh status 'checkout.*' -o json"))
@click.argument("select", nargs=-1)
@env_option
@output_option
@click.pass_obj
def command(call: Call, select: tuple[str, ...], environment: str, output: str) -> None:
    """Show per product its last run, freshness against its latency, ledger, quality and rows.

    Fresh means that the last run that drained its inputs ended less than the promised latency ago. Ledger and
    quality are those of the last run. SELECT are products or 'domain.*'; none means all.
    """
    from lakemesh.cli.render.standings import print_standings
    from lakemesh.cli.select import products_in, select_products
    from lakemesh.query.standing import read_standings

    names = select_products(products_in(call.root()), select)
    call.hurry()
    mesh = sound_mesh(call.load(environment), names)
    print_standings(read_standings(mesh, names, dt.datetime.now(dt.UTC)), as_json=output == "json")
