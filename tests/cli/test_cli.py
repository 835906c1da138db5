"""The command line as a whole: help, exit codes, errors, and whole processes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from lakemesh import __version__
from lakemesh.cli import COMMANDS, cli
from lakemesh.errors import LakemeshError

if TYPE_CHECKING:
    from tests.cli.conftest import Call

SUBCOMMANDS = [(name,) for name in COMMANDS] + [("new", "domain"), ("new", "product")]


def process(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "LAKEMESH_MESH")
    }
    command = [sys.executable, "-m", "lakemesh.cli", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**environment, **more}, timeout=60
    )


def test_help_names_every_command(call: Call) -> None:
    said = call("--help")
    assert said.code == 0
    assert all(f"  {name} " in said.out for name in COMMANDS)


@pytest.mark.parametrize("words", SUBCOMMANDS, ids=" ".join)
def test_every_help_has_an_example(call: Call, words: tuple[str, ...]) -> None:
    said = call(*words, "--help")
    assert said.code == 0
    assert f"Example:\n    lakemesh {' '.join(words)}" in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_s_line_fits_its_command(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert COMMANDS[name][1].endswith(".")


def test_the_version(call: Call) -> None:
    assert call("--version").out == f"lakemesh {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vali",), "Did you mean 'validate'?"),
        (("sql",), "Missing argument 'QUERY'. Try 'lakemesh sql --help'."),
        (("status", "--nope"), "No such option"),
        (("sql", "select 1", "-o", "xml"), "'xml' is not one of"),
        (("status", "--mesh", "m"), "--mesh stands before the command: lakemesh --mesh DIR status ..."),
        (("completion",), "Choose from: bash, zsh, fish. Try"),
        (("--mesh", __file__, "status"), "is a file: a mesh is the folder that holds conf/mesh.yml"),
        (("--mesh", "/nowhere", "status"), "there is no folder /nowhere"),
    ],
)
def test_a_wrong_call_is_2(call: Call, words: tuple[str, ...], said: str) -> None:
    told = call(*words)
    assert told.code == 2
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_no_command_shows_the_help(call: Call) -> None:
    said = call()
    assert said.code == 2
    assert "Commands:" in said.err


def test_an_error_as_json_is_an_object(call: Call) -> None:
    said = call("vali", "-o", "json")
    assert said.errors == [{"error": "CallError", "message": said.errors[0]["message"]}]


def boom(error: BaseException) -> click.Command:
    @click.command("boom")
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LakemeshError("it is so"), 1, "lakemesh: it is so\n"),
        (
            ZeroDivisionError("by zero\nmore"),
            1,
            "lakemesh: unexpected ZeroDivisionError: by zero. Run again with --debug",
        ),
        (KeyError(), 1, "lakemesh: unexpected KeyError. Run again with --debug"),
        (
            ModuleNotFoundError("No module named 'pyspark.sql'", name="pyspark.sql"),
            1,
            "lakemesh: this command needs Spark, which is not installed here: pip install",
        ),
        (PermissionError(13, "Permission denied", "/x/conf"), 1, "lakemesh: /x/conf: Permission denied.\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
    ],
)
def test_how_an_error_ends_a_call(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr(cli, "get_command", lambda ctx, name: boom(error))
    told = call("schema")
    assert (told.code, told.out) == (code, "")
    assert told.err.startswith(said)
    assert "Traceback" not in told.err


def test_debug_shows_the_trace(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "get_command", lambda ctx, name: boom(ZeroDivisionError("x")))
    said = call("--debug", "schema")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "in command" in said.err


def test_a_broken_pipe_is_quiet(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "get_command", lambda ctx, name: boom(BrokenPipeError()))
    assert call("schema").err == ""


@pytest.mark.process
def test_nobody_who_hears_it_is_no_trouble(root: Path) -> None:
    for words in (("--help",), ("--mesh", str(root), "validate"), ("schema",)):
        call = shlex.join((sys.executable, "-m", "lakemesh.cli", *words))
        done = subprocess.run(f"{call} >&-", shell=True, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.process
def test_a_reader_who_goes_away_hears_nothing_more(root: Path) -> None:
    query = "select repeat('x', 1000) from range(5000)"
    command = [sys.executable, "-m", "lakemesh.cli", "--mesh", str(root), "sql", query, "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 0


@pytest.mark.process
def test_ctrl_c_ends_even_a_long_query(root: Path) -> None:
    query = "select count(*) from range(1000000) a, range(1000000) b where a.id * b.id % 7 = 3"
    command = [sys.executable, "-m", "lakemesh.cli", "--mesh", str(root), "sql", query]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        time.sleep(5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err.strip()) == (130, b"", b"")


@pytest.mark.process
def test_help_imports_nothing_heavy() -> None:
    heavy = ("rich", "pydantic", "sqlglot", "duckdb", "deltalake", "pyarrow", "pyspark", "yaml")
    code = (
        "import sys, lakemesh.cli; lakemesh.cli.main(['--help']);"
        f" print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stderr.strip() == "[]"


@pytest.mark.process
@pytest.mark.parametrize("setting", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_pipe_gets_plain_lines_of_any_width(root: Path, setting: dict[str, str]) -> None:
    wide = "x" * 300
    said = process(
        "--mesh", str(root), "sql", f"select '{wide}' as wide, id from shop.orders.orders", **setting
    )
    assert said.returncode == 0
    assert "\x1b" not in said.stdout + said.stderr
    assert wide in said.stdout


@pytest.mark.process
def test_exit_codes_of_whole_processes(root: Path) -> None:
    assert process("--mesh", str(root), "validate").returncode == 0
    assert process("--mesh", str(root), "plan", "shop.nothing").returncode == 2
    broken = root / "bundles/shop/orders/product.yml"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("kind: blob", "kind: blub"), encoding="utf-8"
    )
    said = process("--mesh", str(root), "validate", "-o", "json")
    assert said.returncode == 1
    assert json.loads(said.stdout)["findings"][0]["file"] == "bundles/shop/orders/product.yml"
