"""`lakemesh plan`: what a run would do."""

from __future__ import annotations

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.complete import complete_product
from lakemesh.cli.options import env_option, example, output_option


@click.command(
    "plan", epilog=example("lakemesh plan checkout.orders", "lakemesh plan checkout.orders -o json")
)
@click.argument("product", shell_complete=complete_product)
@env_option
@output_option
@click.pass_obj
def command(call: Call, product: str, environment: str, output: str) -> None:
    """Print the stages that a run of PRODUCT would do, without doing them.

    A frame marked staged is computed once and kept, because two readers need it or because a rule that may
    fail has to be decided before anything becomes visible.
    """
    from lakemesh.cli.render.json import to_json
    from lakemesh.cli.render.plans import plan_lines
    from lakemesh.cli.select import one_product
    from lakemesh.plan.compiler import compile_plan

    name = one_product(call.root(), product)
    plan = compile_plan(sound_mesh(call.load(environment), [name]), name)
    if output == "json":
        click.echo(to_json(plan.model_dump(mode="json"), indent=2))
    else:
        click.echo("\n".join(plan_lines(plan)))
