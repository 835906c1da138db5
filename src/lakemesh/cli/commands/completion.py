"""`lakemesh completion`: what a shell needs to complete our words."""

from __future__ import annotations

import click

from lakemesh.cli.options import example, output_option

_INSTALL = {
    "bash": 'eval "$(lakemesh completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(lakemesh completion zsh)"   # in ~/.zshrc, behind compinit',
    "fish": "lakemesh completion fish > ~/.config/fish/completions/lakemesh.fish",
}


@click.command("completion", epilog=example("lakemesh completion bash", *_INSTALL.values()))
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@output_option
@click.pass_context
def command(ctx: click.Context, shell: str, output: str) -> None:
    """Print the script with which SHELL completes commands, options, products, steps and environments.

    Products are completed from the mesh that the call would use.
    """
    from click.shell_completion import get_completion_class

    from lakemesh.cli.render.json import to_json

    kind = get_completion_class(shell)
    if kind is not None:
        script = kind(ctx.find_root().command, {}, "lakemesh", "_LAKEMESH_COMPLETE").source()
        click.echo(to_json({"shell": shell, "script": script}) if output == "json" else script)
