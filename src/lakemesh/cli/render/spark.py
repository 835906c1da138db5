"""Spark's start, as a user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakemesh.cli.render.noise import without_noise

if TYPE_CHECKING:
    from lakemesh.cli.render.progress import Progress
    from lakemesh.spec.loader import Mesh


def start_spark(mesh: Mesh, progress: Progress, debug: bool) -> Any:
    """The session of the mesh's environment; while it starts, one line says so and the JVM says nothing.

    Raises SetupError where something is missing for it.
    """
    progress.say("starting Spark")
    with without_noise(keep=debug):
        from lakemesh.runner.session import open_session

        return open_session(mesh)
