"""The command line's page, from click."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from lakemesh.cli import cli

_HEAD = """<!-- Made by `make docs` from the command line itself: change that, not this. -->
# Reference: the command line

    lakemesh [--mesh DIR] [--debug] COMMAND ...

What every command keeps to (exit codes, streams, `-o json`, how products are selected) is told in
[the command line](../cli.md).
"""


def command_page() -> str:
    """Every command with its words, options and examples."""
    context = click.Context(cli, info_name="lakemesh")
    lines = [_HEAD, *_options(cli, context), ""]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        lines += _command(command, click.Context(command, context, info_name=name))
    return "\n".join(lines).rstrip() + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path.removeprefix('lakemesh ')}\n"
    yield f"    {context.command_path} {' '.join(command.collect_usage_pieces(context))}\n"
    yield _prose(command.help or "") + "\n"
    options = list(_options(command, context))
    yield from [*options, ""] if options else []
    examples = (command.epilog or "").replace("\b\n", "").removeprefix("Example:\n")
    if examples:
        yield "\n".join(f"    {line.strip()}" for line in examples.splitlines()) + "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, context, info_name=name))


def _prose(text: str) -> str:
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(re.sub(r"([*<>])", r"\\\1", " ".join(p.split())) for p in paragraphs)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [
        record
        for option in command.get_params(context)
        if isinstance(option, click.Option)
        and "--help" not in option.opts
        and (record := option.get_help_record(context)) is not None
    ]
    if records:
        yield "| option | does |"
        yield "| --- | --- |"
    for names, meaning in records:
        yield f"| `{names}` | {' '.join(meaning.split())} |".replace("[text|json]", "text or json")
