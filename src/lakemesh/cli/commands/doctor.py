"""`lakemesh doctor`: what is lacking here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lakemesh.cli.options import env_option, example, output_option
from lakemesh.errors import CallError

if TYPE_CHECKING:
    from lakemesh.cli.call import Call
    from lakemesh.doctor.checkup import Checkup
    from lakemesh.spec.loader import Loaded


@click.command("doctor", epilog=example("lakemesh doctor", "lakemesh doctor --env prod -o json"))
@env_option
@output_option
@click.pass_obj
def command(call: Call, environment: str, output: str) -> int:
    """Look at what this machine and an environment lack, each with the way to get it.

    Spark is not started and nothing is written. Of secrets only whether they are set is told. The exit code
    is 1 where something is missing that a run needs.
    """
    from lakemesh.cli.render.checkups import print_checkups

    try:
        loaded: Loaded | None = call.load(environment)
    except CallError:
        # The machine can be looked at without a mesh; an environment that is not there is a wrong call.
        if call.mesh is not None or _has_mesh(call):
            raise
        loaded = None
    return print_checkups(tuple(_checkups(loaded)), as_json=output == "json")


def _has_mesh(call: Call) -> bool:
    try:
        return (call.root() / "conf" / "mesh.yml").is_file()
    except CallError:
        return False


def _checkups(loaded: Loaded | None) -> Iterator[Checkup]:
    from lakemesh.doctor.checkup import missing, note
    from lakemesh.doctor.environment import look_at_environment
    from lakemesh.doctor.machine import look_at_machine

    mesh = loaded.mesh if loaded else None
    yield from look_at_machine(connect=mesh is not None and mesh.environment.spark.remote is not None)
    if loaded is None:
        yield note(
            "mesh", "there is none here", "go into one, say --mesh DIR, or make one: lakemesh init DIR"
        )
    elif mesh is None:
        yield missing("mesh", "conf/ cannot be read", "run 'lakemesh validate' to see what is wrong with it")
    else:
        yield from look_at_environment(mesh)
    if mesh is not None and loaded is not None and loaded.findings:
        found = f"{len(loaded.findings)} findings in the specs, so that not all could be looked at"
        yield note("specs", found, "run 'lakemesh validate'")
