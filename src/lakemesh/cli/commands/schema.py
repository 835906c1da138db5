"""`lakemesh schema`: the language for editors."""

from __future__ import annotations

from typing import Literal

import click

from lakemesh.cli.options import example, output_option


@click.command(
    "schema",
    epilog=example(
        "lakemesh schema > product.schema.json", "lakemesh schema --kind tests > tests.schema.json"
    ),
)
@click.option(
    "--kind",
    type=click.Choice(["product", "mesh", "environment", "tests"]),
    default="product",
    help="Of which file.  [default: product]",
)
@output_option
def command(kind: Literal["product", "mesh", "environment", "tests"], output: str) -> None:
    """Print the JSON Schema of the spec language, so that an editor completes and checks specs.

    It is JSON with either -o.
    """
    from lakemesh.cli.render.json import to_json
    from lakemesh.spec.jsonschema import json_schema

    click.echo(to_json(json_schema(kind), indent=2))
