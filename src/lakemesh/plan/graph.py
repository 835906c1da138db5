"""What reads what: products as one mesh, and the steps of a product as one graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from lakemesh.errors import CallError, LakemeshError
from lakemesh.names import ProductName, parse_product
from lakemesh.plan.queries import tables
from lakemesh.spec.inputs import ProductInput
from lakemesh.spec.outputs import View
from lakemesh.spec.steps import Python, Sql

if TYPE_CHECKING:
    from lakemesh.spec.loader import Mesh, Product

Node = TypeVar("Node", bound=Hashable)


def dependencies(mesh: Mesh, name: ProductName) -> tuple[ProductName, ...]:
    """The products whose ports a product reads, in the order of its spec; unknown ones too, each once."""
    return tuple(dict.fromkeys(_read_products(mesh.get(name))))


def _read_products(product: Product) -> Iterator[ProductName]:
    for port in product.spec.input_ports.values():
        if isinstance(port, ProductInput):
            try:
                yield parse_product(port.product)
            except CallError:  # validate has a finding for it
                continue


def upstreams(mesh: Mesh, name: ProductName) -> tuple[ProductName, ...]:
    """All products that a product reads, through others too, sorted; without itself."""
    return tuple(sorted(_reach([name], lambda one: _known(mesh, one)) - {name}))


def downstreams(mesh: Mesh, name: ProductName) -> tuple[ProductName, ...]:
    """All products that read a product, through others too, sorted; without itself."""
    readers: dict[ProductName, list[ProductName]] = {one: [] for one in mesh.names}
    for one in mesh.names:
        for read in _known(mesh, one):
            readers[read].append(one)
    return tuple(sorted(_reach([name], lambda one: readers.get(one, ())) - {name}))


def readers(mesh: Mesh, name: ProductName, ways: Collection[str]) -> tuple[ProductName, ...]:
    """The products that read a product's ports in one of these ways (snapshot, appends, changes), sorted."""
    return tuple(
        one
        for one in mesh.names
        for port in mesh.get(one).spec.input_ports.values()
        if isinstance(port, ProductInput) and port.product == str(name) and port.read in ways
    )


def in_order(mesh: Mesh, names: Collection[ProductName] | None = None) -> tuple[ProductName, ...]:
    """The products such that each comes after those that it reads; otherwise sorted by name.

    With `names`, only those, ordered by what they read through others, too. Raises LakemeshError where
    products
    read each other in a circle.
    """
    edges = {one: _known(mesh, one) for one in mesh.names}
    circle = find_cycle(edges)
    if circle:
        words = " -> ".join(map(str, circle))
        raise LakemeshError(f"products read each other in a circle: {words}. Let one of them stop reading.")
    return tuple(one for one in _sorted(edges) if names is None or one in names)


def find_cycle(edges: Mapping[Node, Iterable[Node]]) -> tuple[Node, ...] | None:
    """The first circle in a graph of node to what it reads, its first node again at the end; None if none."""
    done: set[Node] = set()
    for start in edges:
        trail = _circle_from(start, edges, done)
        if trail:
            return trail
    return None


def _circle_from(
    start: Node, edges: Mapping[Node, Iterable[Node]], done: set[Node]
) -> tuple[Node, ...] | None:
    # By hand and not by recursion: a chain of a thousand products would exhaust Python's stack.
    trail: dict[Node, Iterator[Node]] = {} if start in done else {start: iter(edges.get(start, ()))}
    while trail:
        here, following = next(reversed(trail.items()))
        reads = next(following, None)
        if reads is None:
            trail.pop(here)
            done.add(here)
        elif reads in trail:
            nodes = list(trail)
            return (*nodes[nodes.index(reads) :], reads)
        elif reads not in done:
            trail[reads] = iter(edges.get(reads, ()))
    return None


def _known(mesh: Mesh, name: ProductName) -> tuple[ProductName, ...]:
    """The products of this mesh that a product reads."""
    return tuple(one for one in dependencies(mesh, name) if one in mesh.products)


def _reach(start: Iterable[Node], following: Callable[[Node], Iterable[Node]]) -> set[Node]:
    found, waiting = set(start), list(start)
    while waiting:
        for one in following(waiting.pop()):
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found


def _sorted(edges: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """The nodes, each after those that it reads, else in the order given; a circle is cut where it closes."""
    placed: dict[Node, None] = {}
    for start in edges:
        trail: dict[Node, Iterator[Node]] = {} if start in placed else {start: iter(edges[start])}
        while trail:
            here, following = next(reversed(trail.items()))
            reads = next(following, None)
            if reads is None:
                trail.pop(here)
                placed[here] = None
            elif reads in edges and reads not in placed and reads not in trail:
                trail[reads] = iter(edges[reads])
    return list(placed)


def code_of(product: Product, step_name: str) -> str | None:
    """The text of a step's SQL or Python, from its file where it has one; None for the other kinds."""
    match product.spec.transformations[step_name]:
        case Sql() as step:
            return step.sql if step.path is None else product.texts.get(step.path, "")
        case Python() as step:
            return step.python if step.path is None else product.texts.get(step.path[0], "")
        case _:
            return None


def step_reads(product: Product, step_name: str) -> tuple[str, ...]:
    """The views that a step reads, by the names that the product gives them: SQL takes them in any case."""
    step = product.spec.transformations[step_name]
    if not isinstance(step, Sql):
        return tuple(dict.fromkeys(step.reads))
    views = {name.lower(): name for name in (*product.spec.transformations, *product.spec.input_ports)}
    return tuple(views.get(table.lower(), table) for table in tables(code_of(product, step_name) or ""))


def step_order(product: Product) -> tuple[str, ...]:
    """The steps that lead to an output port, each after those that it reads, otherwise as in the file."""
    edges = _steps(product)
    found = _reachable(product)
    return tuple(one for one in _sorted(edges) if one in found)


def sorted_steps(product: Product) -> tuple[str, ...]:
    """All steps, used or not, each after those that it reads, otherwise as in the file."""
    return tuple(_sorted(_steps(product)))


def reachable_inputs(product: Product) -> tuple[str, ...]:
    """The input ports that lead to an output port, in the order of the file."""
    found = _reachable(product)
    return tuple(name for name in product.spec.input_ports if name in found)


def inputs_of(product: Product, view: str) -> tuple[str, ...]:
    """The input ports that a view (a step or an input port) comes from, in the order of the file."""
    found = behind(product, [view])
    return tuple(name for name in product.spec.input_ports if name in found)


def _reachable(product: Product) -> set[str]:
    ports = product.spec.output_ports.values()
    return behind(product, [port.from_ for port in ports if not isinstance(port, View)])


def behind(product: Product, views: Iterable[str]) -> set[str]:
    """The views with everything that leads to them: steps and input ports."""
    edges = _steps(product)
    return _reach(views, lambda view: edges.get(view, ()))


def _steps(product: Product) -> dict[str, tuple[str, ...]]:
    return {name: step_reads(product, name) for name in product.spec.transformations}
