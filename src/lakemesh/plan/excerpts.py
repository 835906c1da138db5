"""A product cut down to what one of its views needs, and the plan of that: what a preview reads and does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lakemesh.errors import CallError, did_you_mean, known_words
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.graph import inputs_of, step_order
from lakemesh.spec.outputs import Append

if TYPE_CHECKING:
    from lakemesh.names import ProductName
    from lakemesh.plan.stages import Plan
    from lakemesh.spec.loader import Mesh, Product
    from lakemesh.spec.product import DataProduct

_OUTPUT = "preview"


def cut_to(mesh: Mesh, name: ProductName, view: str) -> Mesh:
    """The mesh with a product that has nothing but the steps and inputs behind a view: no output, no case.

    Raises CallError where the product has no such step or input port.
    """
    product = mesh.get(name)
    _require_view(product, view)
    shown = _with_output(product, view)
    steps, inputs = step_order(shown), inputs_of(product, view)
    spec = product.spec.model_copy(
        update={
            "transformations": {one: product.spec.transformations[one] for one in steps},
            "input_ports": {one: product.spec.input_ports[one] for one in inputs},
            "output_ports": {},
        }
    )
    return _with(mesh, replace(product, spec=spec, cases_document=None, cases=()))


def plan_for(mesh: Mesh, name: ProductName, view: str) -> Plan:
    """The plan of a product that was cut to a view, as if the view were its only output."""
    return compile_plan(_with(mesh, _with_output(mesh.get(name), view)), name)


def _with_output(product: Product, view: str) -> Product:
    port = Append(kind="delta", from_=view, write="append")
    spec: DataProduct = product.spec.model_copy(update={"output_ports": {_OUTPUT: port}})
    return replace(product, spec=spec)


def _with(mesh: Mesh, product: Product) -> Mesh:
    return replace(mesh, products={**mesh.products, product.name: product})


def _require_view(product: Product, view: str) -> None:
    spec = product.spec
    known = [*spec.input_ports, *spec.transformations]
    if view in known:
        return
    hint = did_you_mean(view, known)
    port = spec.output_ports.get(view)
    if port is not None:
        source = getattr(port, "from_", None)
        where = f", written from '{source}': preview {product.name}.{source}" if source else ""
        hint = f" '{view}' is an output port{where}."
    raise CallError(f"{product.name} has no step or input port '{view}'.{known_words(known)}{hint}")
