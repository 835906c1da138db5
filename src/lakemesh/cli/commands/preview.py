"""`lakemesh preview`: rows after a step."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.complete import complete_view
from lakemesh.cli.options import env_option, example, output_option
from lakemesh.errors import CallError, SpecError

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.runner.preview import Preview
    from lakemesh.spec.loader import Mesh


@click.command(
    "preview",
    epilog=example(
        "lakemesh preview checkout.orders.enriched", "lakemesh preview checkout.orders.order_events --limit 5"
    ),
)
@click.argument("view", metavar="PRODUCT.STEP", shell_complete=complete_view)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, metavar="N", help="Rows at most.  [default: 20]"
)
@env_option
@output_option
@click.pass_obj
def command(call: Call, view: str, limit: int, environment: str, output: str) -> None:
    """Show rows after a step (or of an input port) of a product; nothing is written or marked as read.

    The step is done over the newest files and events of all inputs, not over all of them, so that a count or
    a sum is that of the sample. Classified columns, and what is computed from them, are masked. Only what is
    wrong with the steps that it needs has to be mended before.
    """
    from lakemesh.cli.render.previews import print_preview

    name, step = _parts(call, view)
    mesh = _fit(sound_mesh(call.load(environment), [name]), name, step)
    print_preview(_preview(mesh, name, step, limit, call.debug), as_json=output == "json")


def _parts(call: Call, view: str) -> tuple[ProductName, str]:
    from lakemesh.cli.select import one_product

    product, dot, step = view.rpartition(".")
    if not dot or "." not in product:
        name = one_product(call.root(), view)
        raise CallError(f"say which step of {name}: lakemesh preview {name}.STEP, as plan lists them.")
    return one_product(call.root(), product), step


def _fit(mesh: Mesh, name: ProductName, step: str) -> Mesh:
    """The mesh with the product cut down to the step; raises SpecError where something is wrong with it."""
    from lakemesh.plan.excerpts import cut_to
    from lakemesh.plan.validate import validate

    cut = cut_to(mesh, name, step)
    findings = validate(cut, [name])
    if findings:
        raise SpecError(findings)
    return cut


def _preview(mesh: Mesh, name: ProductName, step: str, limit: int, debug: bool) -> Preview:
    from lakemesh.cli.render.progress import show_progress
    from lakemesh.cli.render.spark import start_spark

    with show_progress() as progress:
        session = start_spark(mesh, progress, debug)
        from lakemesh.runner.preview import preview_view

        progress.say(f"reading for {name}.{step}")
        # What a product's Python prints is no part of our answer.
        with contextlib.redirect_stdout(sys.stderr):
            return preview_view(mesh, name, step, session, limit)
