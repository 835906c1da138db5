"""Products that are fit to be run: selected, and nothing wrong with their specs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.select import select_products
from lakemesh.errors import CallError, SpecError

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh


def sound_products(
    call: Call, select: Sequence[str], environment: str, since: str | None = None
) -> tuple[Mesh, tuple[ProductName, ...]]:
    """The mesh and the products that a call selects; all where it selects none.

    `since` is a commit since which they must have changed.
    Raises CallError where a word names no product or there is none, SpecError with everything that is wrong
    with their specs.
    """
    from lakemesh.plan.validate import validate

    loaded = call.load(environment)
    names = select_products(loaded, call.root(), select, since)
    if not names and since is None:
        raise CallError(
            f"there is no product in this mesh yet: {call.prefix} new product DOMAIN.NAME makes one."
        )
    mesh = sound_mesh(loaded, names)
    findings = validate(mesh, names)
    if findings:
        raise SpecError(findings)
    return mesh, names
