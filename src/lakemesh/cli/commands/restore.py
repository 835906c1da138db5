"""`lakemesh restore`: a product back to where one of its runs began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lakemesh.cli.complete import complete_selection
from lakemesh.cli.options import env_option, example, output_option

if TYPE_CHECKING:
    from lakemesh.cli.call import Call
    from lakemesh.names import ProductName
    from lakemesh.runner.restore import Restored
    from lakemesh.spec.loader import Mesh


@click.command(
    "restore",
    epilog=example(
        "lakemesh restore checkout.orders --run 20261101T000000-1a2b3c",
        "lakemesh sql \"select run_id, state, at from checkout._ops.runs where product = 'checkout.orders'\"",
    ),
)
@click.argument("product", shell_complete=complete_selection)
@click.option(
    "--run",
    "run_id",
    required=True,
    metavar="ID",
    help="The first run to undo, with all after it; DOMAIN._ops.runs has their ids.",
)
@env_option
@output_option
@click.pass_obj
def command(call: Call, product: str, run_id: str, environment: str, output: str) -> None:
    """Put a product's tables and checkpoints back to where a run began; the next run goes on from there.

    Tables go back by Delta's RESTORE, which is a commit of its own: their history stays, and so do the ops
    tables. Where a table's files were vacuumed, nothing is changed.
    """
    from lakemesh.cli.render.restored import print_restored
    from lakemesh.cli.select import one_product
    from lakemesh.cli.sound import sound_products

    name = one_product(call.root(), product)
    mesh, _ = sound_products(call, [product], environment, None)
    _require_run(mesh, name, run_id)
    print_restored(_restore(mesh, name, run_id, call.debug), call.prefix, as_json=output == "json")


def _require_run(mesh: Mesh, name: ProductName, run_id: str) -> None:
    """Nothing. Raises CallError where the product had no such run, which takes no Spark to know."""
    from lakemesh.errors import no_such_run
    from lakemesh.query.facts import past_runs, read_facts

    if mesh.environment.platform == "local":
        known = [run.run_id for run in past_runs(read_facts(mesh, name.domain).runs, name)]
        if run_id not in known:
            raise no_such_run(str(name), run_id, known)


def _restore(mesh: Mesh, name: ProductName, run_id: str, debug: bool) -> Restored:
    from lakemesh.cli.render.progress import show_progress
    from lakemesh.cli.render.spark import start_spark
    from lakemesh.runner.refused import require_no_run

    require_no_run(mesh, name)
    with show_progress() as progress:
        session = start_spark(mesh, progress, debug)
        from lakemesh.runner.restore import restore_product

        progress.say(f"putting {name} back")
        return restore_product(mesh, name, run_id, session)
