"""`lakemesh sql`: a question, answered from the tables."""

from __future__ import annotations

import sys

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.options import env_option, example

_SHOWN = 1000


@click.command(
    "sql",
    epilog=example(
        'lakemesh sql "select count(*) from checkout.orders.orders"',
        'lakemesh sql "select * from checkout.orders.orders__quarantine" --format csv > bad.csv',
        'lakemesh sql "show tables"',
    ),
)
@click.argument("query")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), help="How to print.  [default: table]"
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="The same by the name that other commands have; text is a table.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Rows at most.  [default: {_SHOWN} in a table, else all]",
)
@env_option
@click.pass_obj
def command(
    call: Call, query: str, form: str | None, limit: int | None, environment: str, output: str
) -> None:
    """Ask the mesh's tables in Databricks SQL; no JVM is started and nothing can be changed.

    Tables are named domain.product.port. Beside a port stands port__quarantine, beside an input
    input__rejected, and each domain has domain._ops.runs, batches, ledger and checks. QUERY - reads the query
    from standard input. Instants are shown in the mesh's time zone.
    """
    from lakemesh.cli.render.answers import print_answer
    from lakemesh.query import read_sql

    form = form or ("table" if output == "text" else output)
    text = sys.stdin.read() if query == "-" else query
    call.hurry()
    mesh = sound_mesh(call.load(environment), ())
    answer = read_sql(mesh, text, _SHOWN if limit is None and form == "table" else limit)
    print_answer(answer, form, asked_limit=limit)
