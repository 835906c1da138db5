"""`lakemesh run`: products run, their progress shown, their ledger at the end."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

import click

from lakemesh.cli.options import (
    changed_option,
    env_option,
    example,
    output_option,
    select_argument,
)
from lakemesh.errors import CallError, Interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakemesh.cli.call import Call
    from lakemesh.names import ProductName
    from lakemesh.runner.extent import Extent
    from lakemesh.runner.report import RunReport
    from lakemesh.spec.loader import Mesh


@click.command(
    "run",
    epilog=example(
        "lakemesh run checkout.orders",
        "lakemesh run +marketing.conversion 'cart.*'",
        "lakemesh run --all",
        "lakemesh run --changed-since main",
        "lakemesh run checkout.orders --full-refresh",
        "lakemesh run checkout.orders --from 2026-01-01 --to 2026-01-02",
    ),
)
@select_argument
@click.option("--all", "everything", is_flag=True, help="Run every product of the mesh.")
@click.option("--full-refresh", is_flag=True, help="Build the tables anew from the beginning of the inputs.")
@click.option("--accept-loss", is_flag=True, help="Even where an input no longer holds its beginning.")
@click.option("--from", "start", metavar="TIME", help="Only what arrived at this time (UTC) or later,")
@click.option("--to", "end", metavar="TIME", help="and before this one.")
@changed_option
@env_option
@output_option
@click.pass_obj
def command(
    call: Call,
    /,
    select: tuple[str, ...],
    everything: bool,
    changed_since: str | None,
    environment: str,
    output: str,
    **extents: Any,
) -> int:
    """Run products, each after those that it reads; one that fails stops only what depends on it.

    SELECT are products (checkout.orders), whole domains ('checkout.*'), products with all that they read
    (+marketing.conversion) or with all that read them (checkout.orders+). Progress goes to stderr, the
    summary to stdout. The exit code is 1 where a product failed; rules that warn, drop or quarantine are no
    failure.
    """
    from lakemesh.cli.render.reports import print_reports
    from lakemesh.cli.sound import sound_products

    extent = _extent(**extents)
    if (select and everything) or not (select or everything or changed_since is not None):
        raise CallError("say which products: names, 'domain.*', or --all alone. Try 'lakemesh run --help'.")
    mesh, chosen = sound_products(call, select, environment, changed_since)
    if not chosen and changed_since is not None:
        return _nothing(mesh, changed_since, as_json=output == "json")
    try:
        reports = _run(mesh, chosen, extent, call.debug)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; the next run takes up the batch that was under way.") from None
    # Whoever stopped reading still gets the exit code of the run.
    with contextlib.suppress(BrokenPipeError):
        print_reports(reports, mesh, as_json=output == "json", prefix=call.prefix)
    return 0 if all(report.state == "succeeded" for report in reports) else 1


def _nothing(mesh: Mesh, since: str, as_json: bool) -> int:
    from lakemesh.cli.render.reports import print_reports
    from lakemesh.cli.render.words import unchanged

    if as_json:
        print_reports((), mesh, as_json=True)
    else:
        click.echo(unchanged(since))
    return 0


def _extent(full_refresh: bool, accept_loss: bool, start: str | None, end: str | None) -> Extent:
    """What the run reads of its inputs. Raises CallError where the options do not go together."""
    from lakemesh.runner.extent import Extent

    if accept_loss and not full_refresh:
        raise CallError("--accept-loss goes with --full-refresh.")
    if full_refresh and (start or end):
        raise CallError("--full-refresh reads all there is: leave --from and --to out.")
    if (start is None) != (end is None):
        raise CallError("--from and --to go together: [from, to) of arrival, in UTC.")
    first, last = _instant("--from", start), _instant("--to", end)
    if first and last and first >= last:
        raise CallError(f"--from {start} is not before --to {end}.")
    return Extent(full_refresh, accept_loss, first, last)


def _instant(option: str, said: str | None) -> dt.datetime | None:
    if said is None:
        return None
    try:
        time = dt.datetime.fromisoformat(said)
    except ValueError:
        raise CallError(
            f"{option} '{said}' is no ISO 8601 time, such as 2026-01-31 or 2026-01-31T10:00:00Z."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def _run(mesh: Mesh, names: Sequence[ProductName], extent: Extent, debug: bool) -> tuple[RunReport, ...]:
    from lakemesh.cli.render.progress import show_progress
    from lakemesh.cli.render.spark import start_spark
    from lakemesh.runner.refused import all_refused

    refused = all_refused(mesh, names)
    if refused:
        return refused
    with show_progress() as progress:
        session = start_spark(mesh, progress, debug)
        from lakemesh.runner.all import run_products

        # What a product's Python prints is no part of our answer.
        with contextlib.redirect_stdout(sys.stderr):
            return run_products(mesh, names, session, progress.hear, extent)
