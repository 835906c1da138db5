"""Options that several commands share."""

from __future__ import annotations

import click

from lakemesh.cli.complete import complete_environment, complete_selection

output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print.  [default: text]",
)
env_option = click.option(
    "--env",
    "environment",
    default="local",
    metavar="NAME",
    shell_complete=complete_environment,
    help="conf/environments/NAME.yml.  [default: local]",
)

select_argument = click.argument("select", nargs=-1, shell_complete=complete_selection)
changed_option = click.option(
    "--changed-since",
    metavar="REF",
    help="Of those, the products with a file that changed since this commit; all if conf/ did.",
)


def example(*lines: str) -> str:
    """An example for the end of a command's help, its lines kept as they are."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
