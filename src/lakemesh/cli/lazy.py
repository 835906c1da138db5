"""A group of commands that imports a command's module only when that command is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from lakemesh.errors import did_you_mean

LATER = frozenset(
    "events quarantine explain bundle deploy diff apply share contract policy"
    " access market dev expectations".split()
)
"""Commands of the design that this version knows and does not build."""


class LazyGroup(click.Group):
    """A click group over a table of name -> (module, line of help); each module holds its `command`."""

    def __init__(self, *args: Any, commands_by_module: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = commands_by_module

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table, which is the order of a product's life."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, its module imported now; None where there is none."""
        if cmd_name not in self.table:
            return None
        command: click.Command = importlib.import_module(self.table[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table itself, so that help needs no command's module."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name; an unknown one is refused with the nearest known."""
        name = args[0]
        if name not in self.table and not ctx.resilient_parsing and not name.startswith("-"):
            if name in LATER:
                ctx.fail(f"'{name}' is not built yet: it comes with a later version.")
            ctx.fail(f"there is no command '{name}'.{did_you_mean(name, self.table)}")
        return super().resolve_command(ctx, args)
