"""The command line: thin commands over the rooms below, and how their answers are printed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from lakemesh import __version__
from lakemesh.cli.call import Call
from lakemesh.cli.lazy import LazyGroup
from lakemesh.errors import CallError, LakemeshError

__all__ = ["cli", "main"]

# Every command with its module and its line of help, so that `lakemesh --help` imports none of them.
COMMANDS = {
    "init": ("lakemesh.cli.commands.init", "Make a new mesh in an empty folder."),
    "new": ("lakemesh.cli.commands.new", "Add a domain or a product to the mesh."),
    "infer": ("lakemesh.cli.commands.infer", "Print a schema block from sample records."),
    "validate": ("lakemesh.cli.commands.validate", "Find what is wrong with the specs, without Spark."),
    "plan": ("lakemesh.cli.commands.plan", "Print the stages that a run would do."),
    "preview": ("lakemesh.cli.commands.preview", "Show some rows after a step; nothing is written."),
    "run": ("lakemesh.cli.commands.run", "Run products, in the order of their dependencies."),
    "restore": ("lakemesh.cli.commands.restore", "Put a product back to where a run began."),
    "test": ("lakemesh.cli.commands.test", "Run the products' own tests (tests.yml)."),
    "sql": ("lakemesh.cli.commands.sql", "Ask the tables in Databricks SQL, without Spark."),
    "status": ("lakemesh.cli.commands.status", "Show last run, freshness, ledger and quality."),
    "doctor": ("lakemesh.cli.commands.doctor", "Look at what this machine or environment lacks."),
    "schema": ("lakemesh.cli.commands.schema", "Print the JSON Schema of the spec language."),
    "completion": ("lakemesh.cli.commands.completion", "Print what a shell needs to complete words."),
    "demo-data": ("lakemesh.cli.commands.demo_data", "Generate the reference mesh's source files."),
}
_INTERRUPTED = 130
_BEFORE = ("--mesh", "--debug")
_OF_SPARK = ("pyspark", "delta", "py4j")


@click.group(
    cls=LazyGroup,
    commands_by_module=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExample:\n  lakemesh init my-mesh && lakemesh --mesh my-mesh run --all",
)
@click.option(
    "--mesh",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The mesh's folder. Default: the nearest folder above with conf/mesh.yml, else $LAKEMESH_MESH.",
)
@click.option("--debug", is_flag=True, help="Show stack traces.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, mesh: Path | None, debug: bool) -> None:
    """Declare data products in YAML; check, plan and run them; look at what came out."""
    ctx.obj = Call(mesh, debug, own_process=ctx.obj is True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one call: 0 fine, 1 something is wrong with a product or run, 2 the call was wrong."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:  # whoever called us closed it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (as long as the process)
    code = _call(words, own_process=arguments is None)
    try:
        sys.stdout.flush()
    except OSError:
        _close_quietly()
    return code


def _call(words: Sequence[str], own_process: bool) -> int:
    try:
        code = cli.main(list(words), prog_name="lakemesh", standalone_mode=False, obj=own_process)
    except BrokenPipeError:
        return 0
    except SystemExit as leaving:
        # click leaves so where whoever reads our output went away.
        code = leaving.code
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except Exception as error:
        return _tell(error, words)
    return code if isinstance(code, int) else 0


def _tell(error: Exception, words: Sequence[str]) -> int:
    from lakemesh.cli.render import errors  # only a call that failed needs it

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if "--debug" in words:
        errors.print_trace(error)
    said = _as_ours(error)
    errors.print_error(said, as_json=errors.wants_json(words))
    return said.exit_code


def _as_ours(error: Exception) -> LakemeshError:
    match error:
        case LakemeshError():
            return error
        case click.NoSuchOption() if error.option_name in _BEFORE and error.ctx is not None:
            command = error.ctx.command_path.removeprefix("lakemesh ")
            option = error.option_name + (" DIR" if error.option_name == "--mesh" else "")
            return CallError(
                f"{error.option_name} stands before the command: lakemesh {option} {command} ..."
            )
        case click.UsageError() if error.ctx is not None:
            return CallError(f"{_sentence(error)} Try '{error.ctx.command_path} --help'.")
        case click.ClickException():
            return CallError(_sentence(error))
        case ModuleNotFoundError() if (error.name or "").partition(".")[0] in _OF_SPARK:
            message = "this command needs Spark, which is not installed here: pip install 'lakemesh[spark]'."
            return LakemeshError(message)
        case OSError() if error.filename and error.strerror:
            return LakemeshError(f"{error.filename}: {error.strerror}.")
        case _:
            text = str(error).partition("\n")[0]
            sentence = f"{type(error).__name__}: {text}" if text else type(error).__name__
            return LakemeshError(f"unexpected {sentence}. Run again with --debug to see where.")


def _sentence(error: click.ClickException) -> str:
    """What click has to say, on one line."""
    words = " ".join(error.format_message().split())
    return words if words.endswith((".", "?", ")")) else f"{words}."


def _close_quietly() -> None:
    """Keep Python from trying once more to write to whoever went away."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
