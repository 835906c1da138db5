"""`lakemesh status`: how the products stand."""

from __future__ import annotations

import datetime as dt

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.options import changed_option, env_option, example, output_option, select_argument


@click.command("status", epilog=example("lakemesh status", "lakemesh status 'checkout.*' -o json"))
@select_argument
@changed_option
@env_option
@output_option
@click.pass_obj
def command(
    call: Call, select: tuple[str, ...], changed_since: str | None, environment: str, output: str
) -> None:
    """Show per product its last run, freshness against its latency, ledger, quality and rows.

    Fresh means that the last run that drained its inputs ended less than the promised latency ago. Ledger and
    quality are those of the last run that had a batch. SELECT are products, 'domain.*', +product (with what
    it reads) or product+ (with what reads it); none means all.
    """
    from lakemesh.cli.render.standings import print_standings
    from lakemesh.cli.render.words import unchanged
    from lakemesh.cli.select import select_products
    from lakemesh.query.standing import read_standings

    loaded = call.load(environment)
    names = select_products(loaded, call.root(), select, changed_since)
    if changed_since is not None and not names and output == "text":
        click.echo(unchanged(changed_since))
        return
    call.hurry()
    mesh = sound_mesh(loaded, names)
    print_standings(read_standings(mesh, names, dt.datetime.now(dt.UTC)), as_json=output == "json")
