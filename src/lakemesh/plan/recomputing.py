"""The part of a product behind an output that recomputes groups: what is done to another output's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.plan.graph import behind, sorted_steps, step_reads
from lakemesh.spec.outputs import AnyDelta, View

if TYPE_CHECKING:
    from lakemesh.spec.loader import Product


@dataclass(frozen=True)
class Section:
    """The steps of a recomputed output, and where they begin."""

    bases: dict[str, tuple[str, ...]]
    """The views at which they begin, each with the outputs that keep its rows."""
    steps: tuple[str, ...]
    loose: tuple[str, ...]
    """The incremental inputs that lead to them and whose rows no output keeps."""

    @property
    def base(self) -> tuple[str, str]:
        """The view at which a sound section begins, and the output that keeps its rows."""
        view, (output, *_) = next(iter(self.bases.items()))
        return view, output


def section_of(product: Product, port: AnyDelta) -> Section:
    """What leads to a recomputed output, back to the nearest views whose rows other outputs keep."""
    kept, inputs = kept_views(product), product.spec.input_ports
    bases, steps, loose = dict[str, tuple[str, ...]](), set[str](), list[str]()
    seen, waiting = set[str](), [port.from_]
    while waiting:
        view = waiting.pop()
        if view in seen:
            continue
        seen.add(view)
        if view in kept:
            bases[view] = kept[view]
        elif view in product.spec.transformations:
            steps.add(view)
            waiting.extend(step_reads(product, view))
        elif view in inputs and inputs[view].incremental:
            loose.append(view)
    return Section(bases, tuple(step for step in sorted_steps(product) if step in steps), tuple(loose))


def kept_views(product: Product) -> dict[str, tuple[str, ...]]:
    """The views that outputs are written from batch by batch, each with the names of those outputs."""
    found: dict[str, tuple[str, ...]] = {}
    for name, port in product.spec.output_ports.items():
        if not isinstance(port, View) and not port.recompute:
            found[port.from_] = (*found.get(port.from_, ()), name)
    return found


def batched_views(product: Product) -> set[str]:
    """The steps and inputs that lead to outputs that are written batch by batch."""
    return behind(product, kept_views(product))
