"""`lakemesh new`: a domain or a product more."""

from __future__ import annotations

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.options import env_option, example, output_option


@click.group("new", epilog=example("lakemesh new domain sales", "lakemesh new product sales.invoices"))
def command() -> None:
    """Add a domain or a product to the mesh."""


@command.command(
    "domain",
    short_help="Add a domain to conf/mesh.yml.",
    epilog=example("lakemesh new domain sales --owner 'Sales data'"),
)
@click.argument("name")
@click.option("--owner", metavar="TEAM", help="The team that owns it.")
@output_option
@click.pass_obj
def domain(call: Call, name: str, owner: str | None, output: str) -> None:
    """Add the domain NAME to conf/mesh.yml, and its landing folder to the local environments."""
    from lakemesh.cli.render.scaffolds import print_made
    from lakemesh.scaffold.domain import add_domain

    made = add_domain(call.root(), name, owner)
    print_made(made, output == "json", [f"{call.prefix} new product {name}.NAME"])


@command.command(
    "product",
    short_help="Make a product that runs as it is made.",
    epilog=example("lakemesh new product sales.invoices"),
)
@click.argument("name", metavar="DOMAIN.NAME")
@env_option
@output_option
@click.pass_obj
def product(call: Call, name: str, environment: str, output: str) -> None:
    """Make a product that runs as it is made: its spec, SQL, tests and sample data."""
    from lakemesh.cli.render.scaffolds import print_made
    from lakemesh.names import parse_product
    from lakemesh.scaffold.product import add_product

    wanted = parse_product(name)
    made = add_product(sound_mesh(call.load(environment), ()), wanted)
    print_made(made, output == "json", [f"{call.prefix} run {wanted}", f"{call.prefix} test {wanted}"])
