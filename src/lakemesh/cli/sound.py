"""Products that are fit to be run: selected, and nothing wrong with their specs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakemesh.cli.call import Call, sound_mesh
from lakemesh.cli.select import select_products
from lakemesh.errors import CallError, SpecError

if TYPE_CHECKING:
    from lakemesh.errors import Finding
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh


def sound_products(
    call: Call,
    select: Sequence[str],
    environment: str,
    since: str | None = None,
    cases: bool = False,
) -> tuple[Mesh, tuple[ProductName, ...]]:
    """The mesh and the products that a call selects; all where it selects none.

    `since` is a commit since which they must have changed. What is wrong with tests.yml stops no run: it is
    of no matter unless `cases` are asked for.
    Raises CallError where a word names no product or there is none, SpecError with everything that is wrong
    with their specs.
    """
    from lakemesh.plan.validate import validate
    from lakemesh.spec.loader import Loaded

    loaded = call.load(environment)
    names = select_products(loaded, call.root(), select, since)
    if not names and since is None:
        raise CallError(
            f"there is no product in this mesh yet: {call.prefix} new product DOMAIN.NAME makes one."
        )
    wrong = tuple(one for one in loaded.findings if cases or not _is_of_cases(one))
    mesh = sound_mesh(Loaded(loaded.mesh, wrong), names)
    findings = tuple(one for one in validate(mesh, names) if cases or not _is_of_cases(one))
    if findings:
        raise SpecError(findings)
    return mesh, names


def _is_of_cases(finding: Finding) -> bool:
    return finding.file.endswith("/tests.yml")
