"""`lakemesh infer`: a schema block from sample records."""

from __future__ import annotations

import click

from lakemesh.cli.options import example, output_option

_LOOKED_AT = 20_000


@click.command(
    "infer",
    epilog=example(
        "lakemesh infer data/landing/orders/2026-01-05.json.gz",
        "lakemesh infer data/capture/ns/orders/0/2026/01/05/00/00/00.avro --name order",
    ),
)
@click.argument("file", metavar="FILE", type=click.Path())
@click.option("--name", metavar="NAME", help="What the schema is called.  [default: after the file]")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_LOOKED_AT,
    metavar="N",
    help=f"Records to look at, the first ones.  [default: {_LOOKED_AT}]",
)
@output_option
def command(file: str, name: str | None, limit: int, output: str) -> None:
    """Print a schema block for the records of FILE, to be pasted into a product.yml and looked over.

    FILE is JSON lines, a JSON array or document, or an Avro file of Event Hubs Capture, packed (gzip, bzip2)
    or not; - reads standard input. What is not always of one type becomes text, and a comment says so.
    """
    from lakemesh.cli.render.json import to_json
    from lakemesh.scaffold.infer import block_lines, infer_schema

    inferred = infer_schema(file, limit, name)
    if output == "json":
        click.echo(to_json(inferred.facts(), indent=2))
    else:
        click.echo("\n".join(block_lines(inferred)))
