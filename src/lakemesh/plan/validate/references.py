"""What a product refers to: views, input ports, other products' ports, and what the environment has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lakemesh.errors import CallError, did_you_mean, known_words
from lakemesh.names import ProductName, parse_product
from lakemesh.plan.graph import find_cycle
from lakemesh.plan.queries import dotted_name, parse_query, read_tables, start_of
from lakemesh.plan.validate.scopes import Problem
from lakemesh.spec.inputs import Blob, EventHub, ProductInput
from lakemesh.spec.outputs import Append, History, Merge, Overwrite, View
from lakemesh.spec.schedule import Compute
from lakemesh.spec.spots import item_path
from lakemesh.spec.steps import Sql

if TYPE_CHECKING:
    from lakemesh.plan.validate.review import Review
    from lakemesh.spec.document import Path
    from lakemesh.spec.loader import Product
    from lakemesh.spec.outputs import AnyOutput

BLOCKS = ("transformations", "inputPorts")
"""Where the views of a product are named."""


def check_references(review: Review) -> None:
    """Report references to what is not there."""
    spec = review.product.spec
    views = tuple(view for block in BLOCKS for view in review.names(block))
    for name, step in spec.transformations.items():
        if isinstance(step, Sql):
            _check_tables(review, name, views)
        else:
            for index, view in enumerate(step.reads):
                path = item_path(review.document, ("transformations", name, "from"), index)
                _check_view(review, path, f"step '{name}'", view, views)
    for name, port in spec.output_ports.items():
        if not isinstance(port, View):
            _check_view(review, ("outputPorts", name, "from"), f"output port '{name}'", port.from_, views)
    _check_circle(review)
    for name, source in spec.input_ports.items():
        if isinstance(source, ProductInput):
            _check_product(review, name, source)
        elif isinstance(source, EventHub):
            _check_hub(review, name)
    _check_environment(review)


def _check_view(review: Review, path: Path, who: str, view: str, views: Sequence[str]) -> None:
    if view not in views and not review.is_cut(*BLOCKS):
        message = f"{who} reads '{view}', which is no transformation or input port here.{known_words(views)}"
        review.say(path, message + did_you_mean(view, views), "unknown-view")


def _check_tables(review: Review, name: str, views: Sequence[str]) -> None:
    """Report the tables of a query that are no views of the product, each where it stands."""
    known = {view.lower() for view in views}
    if review.is_cut(*BLOCKS) or known.issuperset(view.lower() for view in review.reads(name)):
        return
    snippet = review.code(name)
    tree = parse_query(snippet.text).tree
    for table in read_tables(tree) if tree is not None else ():
        said = dotted_name(table)
        if said.lower() in known:
            continue
        message = f"step '{name}' reads '{said}', which is no transformation or input port here."
        if "." in said:
            message += " Another product's table is read through an input port of kind product."
        else:
            message += known_words(views) + did_you_mean(said, views)
        review.complain(snippet, Problem(start_of(table) or 0, message, "unknown-view"))


def _check_circle(review: Review) -> None:
    spec = review.product.spec
    named_twice = set(spec.transformations) & set(spec.input_ports)
    edges = {name: list(review.reads(name)) for name in spec.transformations}
    edges = {name: reads for name, reads in edges.items() if name not in named_twice}
    while circle := find_cycle(edges):
        words = " -> ".join(circle)
        message = f"steps read each other in a circle: {words}"
        review.say(("transformations", circle[0]), message, "circle", key=True)
        edges[circle[-2]].remove(circle[-1])


def _check_product(review: Review, name: str, port: ProductInput) -> None:
    at = ("inputPorts", name)
    try:
        wanted = parse_product(port.product)
    except CallError as error:
        review.say((*at, "product"), str(error), "unknown-product")
        return
    other = review.mesh.products.get(wanted)
    if other is None:
        _say_unknown_product(review, (*at, "product"), wanted)
        return
    unsaid = port.version is None and not review.is_doubtful(*at, "version")
    if wanted.domain != review.product.spec.domain and unsaid:
        message = f"a product of another domain needs its version: add version: {other.spec.major}"
        review.say((*at, "product"), message, "version-missing")
    if port.version not in (None, other.spec.major) and ("version",) not in other.blanks:
        message = f"{wanted} is at version {other.spec.version}: there is no major {port.version} here"
        review.say((*at, "version"), message, "unknown-version")
    _check_port(review, at, port, other)


def _say_unknown_product(review: Review, path: Path, wanted: ProductName) -> None:
    file = review.mesh.root / "bundles" / wanted.domain / wanted.name / "product.yml"
    if file.is_file():  # it has findings of its own
        return
    known = [str(name) for name in review.mesh.names]
    message = f"there is no product '{wanted}'.{known_words(known)}{did_you_mean(str(wanted), known)}"
    review.say(path, message, "unknown-product")


def _check_port(review: Review, at: Path, port: ProductInput, other: Product) -> None:
    ports = other.spec.output_ports
    found = ports.get(port.port)
    if found is None and not other.lacks("outputPorts", port.port):
        message = f"{other.name} has no output port '{port.port}'.{known_words(ports)}"
        review.say((*at, "port"), message + did_you_mean(port.port, ports), "unknown-port")
    elif found is not None:
        _check_way(review, at, port, found)


def _check_way(review: Review, at: Path, port: ProductInput, found: AnyOutput) -> None:
    """Report a way of reading that the port's way of writing does not allow."""
    right = {
        "snapshot": True,
        "appends": isinstance(found, Append),
        "changes": isinstance(found, Merge | History),
    }
    if not right[port.read]:
        wanted = "append" if port.read == "appends" else "merge or history"
        what = "a view" if isinstance(found, View) else f"written by {found.write}"
        message = (
            f"read: {port.read} needs a port written by {wanted}; '{port.port}' is {what}: {_way(found)}"
        )
        review.say((*at, "read"), message, "wrong-way")
    if port.read == "snapshot" and port.max_per_batch is not None:
        message = "a snapshot is read whole: maxPerBatch goes with read: appends or changes"
        review.say((*at, "maxPerBatch"), message, "wrong-way")
    if port.read == "snapshot" and port.on_data_loss == "continue":
        message = "a snapshot is read whole: onDataLoss goes with read: appends or changes"
        review.say((*at, "onDataLoss"), message, "wrong-way")


def _way(found: AnyOutput) -> str:
    match found:
        case Append():
            return "its rows never change, so say read: appends"
        case Overwrite():
            return "each run replaces it whole, so read it as a snapshot"
        case View():
            return "it has no rows of its own, so read it as a snapshot"
        case _:
            return "its rows change, so read it as a snapshot"


def _check_hub(review: Review, name: str) -> None:
    hubs = review.mesh.environment.hubs
    if review.product.spec.domain not in review.mesh.spec.domains:
        return  # naming has a finding for it
    if review.product.spec.domain not in hubs and not review.is_unset("hubs"):
        message = (
            f"environment '{review.mesh.environment_name}' has no hubs for domain"
            f" '{review.product.spec.domain}':"
            " say under hubs where its Event Hubs are"
        )
        review.say(("inputPorts", name, "hub"), message, "unknown-hub")


def _check_environment(review: Review) -> None:
    spec = review.product.spec
    if spec.time_zone is not None and not is_zone(spec.time_zone):
        message = (
            f"there is no time zone '{spec.time_zone}': use a name of the IANA database, such as"
            " Europe/Berlin"
        )
        review.say(("timeZone",), message, "unknown-zone")
    if spec.compute is not None and not review.is_unset("compute"):
        profile = spec.compute.profile if isinstance(spec.compute, Compute) else spec.compute
        path: Path = ("compute", "profile") if isinstance(spec.compute, Compute) else ("compute",)
        what = f"compute profile '{profile}' in environment '{review.mesh.environment_name}'"
        _check_known(review, path, what, profile, review.mesh.environment.compute)
    ports = review.names("inputPorts")
    if spec.schedule is not None and not review.is_cut("inputPorts"):
        if spec.schedule.on_file_arrival is not None:
            port = spec.schedule.on_file_arrival
            _check_known(review, ("schedule", "onFileArrival"), f"input port '{port}'", port, ports)
            _check_kind(
                review, ("schedule", "onFileArrival"), port, Blob, "files arrive at a port of kind blob"
            )
        for index, port in enumerate(spec.schedule.on_update.of if spec.schedule.on_update else ()):
            path = item_path(review.document, ("schedule", "onUpdate", "of"), index)
            _check_known(review, path, f"input port '{port}'", port, ports)
            _check_kind(review, path, port, ProductInput, "onUpdate waits for ports of kind product")


def _check_known(review: Review, path: Path, what: str, word: str, known: Iterable[str]) -> None:
    words = list(known)
    if word not in words:
        review.say(
            path, f"there is no {what}.{known_words(words)}{did_you_mean(word, words)}", "unknown-reference"
        )


def _check_kind(review: Review, path: Path, name: str, kind: type[Blob | ProductInput], why: str) -> None:
    port = review.product.spec.input_ports.get(name)
    if port is not None and not isinstance(port, kind):
        review.say(path, f"'{name}' is of kind {port.kind}: {why}", "wrong-kind")


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
