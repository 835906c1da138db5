import click
import pytest

from lakemesh.cli.lazy import LazyGroup

TABLE = {
    "schema": ("lakemesh.cli.commands.schema", "Print."),
    "broken": ("lakemesh.nowhere", "Never imported."),
}


def test_help_imports_no_command() -> None:
    group = LazyGroup("g", commands_by_module=TABLE)
    text = group.get_help(click.Context(group))
    assert "Never imported." in text
    assert group.list_commands(click.Context(group)) == ["schema", "broken"]


def test_a_command_is_imported_when_it_is_called() -> None:
    group = LazyGroup("g", commands_by_module=TABLE)
    command = group.get_command(click.Context(group), "schema")
    assert command is not None
    assert command.name == "schema"
    assert group.get_command(click.Context(group), "nothing") is None


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    group = LazyGroup("g", commands_by_module=TABLE)
    with pytest.raises(click.UsageError, match="Did you mean 'schema'"):
        group.resolve_command(click.Context(group), ["shema"])
