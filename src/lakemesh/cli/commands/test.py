"""`lakemesh test`: the products' own tests."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from lakemesh.cli.options import changed_option, env_option, example, output_option, select_argument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakemesh.cli.call import Call
    from lakemesh.names import ProductName
    from lakemesh.runner.trial import CaseReport
    from lakemesh.spec.loader import Mesh


@click.command("test", epilog=example("lakemesh test", "lakemesh test checkout.orders -o json"))
@select_argument
@changed_option
@env_option
@output_option
@click.pass_obj
def command(
    call: Call, select: tuple[str, ...], changed_since: str | None, environment: str, output: str
) -> int:
    """Run the cases of tests.yml: given records and tables, the product's own plan, expected rows.

    A case with expectFailure passes where the run fails and its message contains that text. Nothing of the
    mesh's own tables is read or written. SELECT are products, 'domain.*', +product (with what it reads) or
    product+ (with what reads it); none means all. The exit code is 1 where a case fails.
    """
    from lakemesh.cli.render.cases import print_cases
    from lakemesh.cli.render.words import unchanged
    from lakemesh.cli.sound import sound_products

    mesh, names = sound_products(call, select, environment, changed_since, cases=True)
    if changed_since is not None and not names and output == "text":
        click.echo(unchanged(changed_since))
        return 0
    silent = [str(name) for name in names if not mesh.get(name).cases]
    return print_cases(_cases(mesh, names, call.debug), silent, as_json=output == "json")


def _cases(mesh: Mesh, names: Sequence[ProductName], debug: bool) -> Iterator[CaseReport]:
    """A report for each case as it is done; Spark starts with the first."""
    from lakemesh.cli.render.progress import PlainProgress
    from lakemesh.cli.render.spark import start_spark

    wanted = [name for name in names if mesh.get(name).cases]
    if not wanted:
        return
    session = start_spark(mesh, PlainProgress(), debug)
    from lakemesh.runner.trial import run_cases

    for name in wanted:
        cases = run_cases(mesh, name, session)
        while (report := _next(cases)) is not None:
            yield report


def _next(cases: Iterator[CaseReport]) -> CaseReport | None:
    """The next report; what a product's Python prints meanwhile is no part of our answer."""
    with contextlib.redirect_stdout(sys.stderr):
        return next(cases, None)
