"""Everything that can be known of a mesh without running it, as findings with file, line and column.

The loader knows the language; this knows what its words mean together: references, names, columns, flows,
contracts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from lakemesh.errors import Finding, LakemeshError
from lakemesh.plan.graph import dependencies, find_cycle, in_order
from lakemesh.plan.validate.casting import check_casts
from lakemesh.plan.validate.code import check_code
from lakemesh.plan.validate.domains import check_hubs, check_mesh
from lakemesh.plan.validate.flows import check_flows
from lakemesh.plan.validate.frames import UNKNOWN, Frame
from lakemesh.plan.validate.inputs import check_inputs
from lakemesh.plan.validate.naming import check_names
from lakemesh.plan.validate.notyet import check_mesh_not_yet, check_not_yet
from lakemesh.plan.validate.outputs import check_outputs
from lakemesh.plan.validate.references import check_references
from lakemesh.plan.validate.renames import check_renames
from lakemesh.plan.validate.review import Review
from lakemesh.plan.validate.spreading import spread
from lakemesh.plan.validate.trials import check_cases
from lakemesh.plan.validate.unknowns import NOTE, note_unknowns
from lakemesh.plan.validate.views import port_frame, promised_frame, study_views
from lakemesh.spec.collecting import seldom_collected
from lakemesh.spec.inputs import ProductInput

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.spec.loader import Mesh

__all__ = ["NOTE", "examine", "validate"]

_CHECKS = (
    check_names,
    check_references,
    check_code,
    check_not_yet,
    check_flows,
    check_inputs,
    check_outputs,
    check_renames,
    check_casts,
    check_cases,
    note_unknowns,
)


def validate(mesh: Mesh, select: Collection[ProductName] | None = None) -> tuple[Finding, ...]:
    """What is wrong with the products of a mesh, sorted by place; with `select`, with those alone."""
    return tuple(finding for finding in examine(mesh, select) if finding.severity != NOTE)


def examine(mesh: Mesh, select: Collection[ProductName] | None = None) -> tuple[Finding, ...]:
    """What is wrong, and notes of what is worth knowing (severity note), sorted by place."""
    with seldom_collected():
        return _examine(mesh, select)


def _examine(mesh: Mesh, select: Collection[ProductName] | None) -> tuple[Finding, ...]:
    wanted = frozenset(mesh.names if select is None else select)
    findings = [*check_mesh(mesh), *check_hubs(mesh), *check_mesh_not_yet(mesh), *_circles(mesh, wanted)]
    names = [name for name in _order(mesh, wanted) if name in wanted]
    findings += spread(names, lambda part: _examine_products(mesh, part))
    return tuple(sorted(set(findings)))


def _examine_products(mesh: Mesh, wanted: Sequence[ProductName]) -> list[Finding]:
    """What is found in some products, and in none that they read."""
    findings: list[Finding] = []
    reviews: dict[ProductName, Review] = {}
    asked = frozenset(wanted)

    def frame_of(product: ProductName, port: str) -> Frame:
        if product in reviews:
            return port_frame(reviews[product], port)
        return promised_frame(mesh.products[product], port) if product in mesh.products else UNKNOWN

    for name in _order(mesh, asked):
        review = reviews[name] = Review(mesh, mesh.products[name], frame_of)
        study_views(review)
        if name in asked:
            for check in _CHECKS:
                check(review)
            findings.extend(review.findings)
    return findings


def _order(mesh: Mesh, wanted: Collection[ProductName]) -> tuple[ProductName, ...]:
    """The products to look at: the wanted ones and those behind them that no schema describes, in order."""
    needed, waiting = set(wanted), list(wanted)
    while waiting:
        for name in _unpromised(mesh, waiting.pop()):
            if name not in needed:
                needed.add(name)
                waiting.append(name)
    try:
        return in_order(mesh, needed)
    except LakemeshError:  # a circle, which has its finding
        return tuple(sorted(needed))


def _unpromised(mesh: Mesh, name: ProductName) -> Iterator[ProductName]:
    """The products that a product reads of whose ports one promises no columns."""
    for read in dependencies(mesh, name):
        product = mesh.products.get(read)
        if product is not None and any(
            getattr(port, "schema_", None) is None for port in product.spec.output_ports.values()
        ):
            yield read


def _circles(mesh: Mesh, wanted: Collection[ProductName]) -> Iterator[Finding]:
    """A finding for each circle of products, at the input port of its first product that closes it."""
    edges = {name: [one for one in dependencies(mesh, name) if one in mesh.products] for name in mesh.names}
    while circle := find_cycle(edges):
        first, reads = circle[0], circle[1]
        if first in wanted or any(name in wanted for name in circle):
            words = " -> ".join(map(str, circle))
            message = f"products read each other in a circle: {words}"
            product = mesh.products[first]
            port = next(
                name
                for name, port in product.spec.input_ports.items()
                if isinstance(port, ProductInput) and port.product == str(reads)
            )
            yield product.document.find(("inputPorts", port, "product"), message, "circle")
        edges[first].remove(reads)
