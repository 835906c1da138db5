"""Products that are fit to be run: selected, and nothing wrong with their specs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.select import products_in, select_products
from lakemesh.errors import SpecError

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh


def sound_products(
    call: Call, select: Sequence[str], environment: str
) -> tuple[Mesh, tuple[ProductName, ...]]:
    """The mesh and the products that a call selects; all where it selects none.

    Raises CallError where a word names no product, SpecError with everything that is wrong with their specs.
    """
    from lakemesh.plan.validate import validate

    names = select_products(products_in(call.root()), select)
    mesh = sound_mesh(call.load(environment), names)
    findings = validate(mesh, names)
    if findings:
        raise SpecError(findings)
    return mesh, names
