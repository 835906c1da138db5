"""A product and an environment into a plan: its flows, what each does, and which frames are staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lakemesh.names import (
    CHANGE_TYPE,
    COMMIT_VERSION,
    FEED,
    UPSTREAM_VERSION,
    ProductName,
    TableName,
    parse_product,
)
from lakemesh.plan.clock import is_random
from lakemesh.plan.graph import step_order, step_reads
from lakemesh.plan.hubs import begun, hub_source
from lakemesh.plan.places import Place, Places, places_of
from lakemesh.plan.queries import keeps_rows, reorders, tables
from lakemesh.plan.recomputing import batched_views, section_of
from lakemesh.plan.settled import leave_to_merges
from lakemesh.plan.stages import (
    SAID,
    Flow,
    Land,
    Plan,
    Read,
    ReadMode,
    Recompute,
    Transform,
    ViewPort,
    ViewSource,
)
from lakemesh.plan.staging import stage_flow
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob, EventHub, ProductInput
from lakemesh.spec.outputs import AnyDelta, Append, History, Merge, Overwrite, View
from lakemesh.spec.steps import (
    Cast,
    Derive,
    Drop,
    Filter,
    Flatten,
    Pseudonymise,
    Python,
    Rename,
    Select,
    Sql,
    Window,
)

if TYPE_CHECKING:
    from lakemesh.spec.inputs import InputPort
    from lakemesh.spec.loader import Mesh, Product
    from lakemesh.spec.steps import AnyStep

SNAPSHOT_FLOW = "snapshot"
_KEEPS_ROWS = (Select, Rename, Cast, Derive, Drop, Flatten, Pseudonymise, Window)


def compile_plan(mesh: Mesh, name: ProductName) -> Plan:
    """The plan of a product in the mesh's environment.

    The product must have no findings; raises CallError where it is not in the mesh.
    """
    product = mesh.get(name)
    places = places_of(mesh.root, mesh.environment)
    clock = mesh.environment.clock
    flows = tuple(_compile_flows(mesh, product, places))
    return Plan(
        product=str(name),
        version=product.spec.version,
        environment=mesh.environment_name,
        time_zone=mesh.time_zone(product),
        places=places,
        clock=clock.isoformat() if clock else None,
        flows=flows,
        views=tuple(_views(product, places)),
        secrets=tuple(sorted({*_secrets(product), *_signing_in(flows)})),
        secrets_file=places.resolve(file) if (file := mesh.environment.secrets.file) else None,
        notes=(*_notes(product), *_foreign(flows)),
    )


def _compile_flows(mesh: Mesh, product: Product, places: Places) -> Iterator[Flow]:
    order = step_order(product)
    reads = {name: step_reads(product, name) for name in order}
    used = {view for views in reads.values() for view in views} | {
        port.from_ for port in _ports(product).values()
    }
    inputs = {name: port for name, port in product.spec.input_ports.items() if name in used}
    steps = {name: _transform(mesh, product, name, reads[name]) for name in order}
    batched = batched_views(product)
    drivers: list[str | None] = [name for name, port in inputs.items() if port.incremental]
    for driver in drivers or [None]:
        flow = Flow(
            name=driver or SNAPSHOT_FLOW,
            input=driver,
            reads=tuple(
                _read(mesh, product, places, name, port, _mode(name, port, driver))
                for name, port in inputs.items()
            ),
            steps=tuple(step for name, step in steps.items() if name in batched),
            outputs=tuple(
                _land(product, places, name, port, steps) for name, port in _ports(product).items()
            ),
        )
        yield stage_flow(leave_to_merges(product, flow))


def _ports(product: Product) -> dict[str, AnyDelta]:
    return {
        name: port
        for name, port in product.spec.output_ports.items()
        if isinstance(port, Append | Overwrite | Merge | History)
    }


def _mode(name: str, port: InputPort, driver: str | None) -> ReadMode:
    if not port.incremental:
        return "snapshot"
    return "batch" if name == driver else "empty"


def _read(mesh: Mesh, product: Product, places: Places, name: str, port: InputPort, mode: ReadMode) -> Read:
    rules = product.input_rules(port)
    beside = places.table(TableName(product.spec.domain, product.spec.name, name), product.spec.major)
    if isinstance(port, ProductInput):
        rejects = any(rule.on_failure in ("drop", "quarantine") for rule in rules)
        where, source = _written_in(mesh, places, port)
        return Read(
            name=name,
            mode=mode,
            port=port,
            table=_upstream(mesh, source, port),
            environment=where,
            view=_view(mesh, source, port),
            rejected=beside.beside("__rejected") if rejects else None,
            rules=rules,
        )
    return Read(
        name=name,
        mode=mode,
        port=begun(mesh, product.spec.domain, port) if isinstance(port, EventHub) else port,
        columns=product.columns(port.schema_) or (),
        paths=_paths(mesh, product, places, port),
        hub=hub_source(mesh, product.spec.domain) if isinstance(port, EventHub) else None,
        avro=product.texts.get(port.avro_schema or "") if isinstance(port, EventHub) else None,
        rejected=beside.beside("__rejected"),
        rules=rules,
    )


def _written_in(mesh: Mesh, places: Places, port: ProductInput) -> tuple[str, Places]:
    """The environment that a product is read from: this one (no name), or readFrom's if it never ran here."""
    if mesh.fallback is None:
        return "", places
    view = _view(mesh, places, port)
    behind = view.tables.values() if view else (_upstream(mesh, places, port),)
    if all(table.is_written for table in behind):
        return "", places
    return mesh.environment.read_from or "", places_of(mesh.root, mesh.fallback)


def _upstream(mesh: Mesh, places: Places, port: ProductInput) -> Place:
    domain, _, name = port.product.partition(".")
    major = mesh.get(ProductName(domain, name)).spec.major
    return places.table(TableName(domain, name, port.port), major)


def _view(mesh: Mesh, places: Places, port: ProductInput) -> ViewSource | None:
    product = mesh.get(parse_product(port.product))
    view = product.spec.output_ports.get(port.port)
    return _source(product, places, view) if isinstance(view, View) else None


def _source(product: Product, places: Places, view: View) -> ViewSource:
    names = [TableName(product.name.domain, product.name.name, table.lower()) for table in tables(view.sql)]
    read = {name.port: places.table(name, product.spec.major) for name in names}
    return ViewSource(sql=view.sql, tables=read)


def _views(product: Product, places: Places) -> Iterator[ViewPort]:
    for name, port in product.spec.output_ports.items():
        if isinstance(port, View):
            table = TableName(product.name.domain, product.name.name, name)
            yield ViewPort(
                name=name,
                place=places.table(table, product.spec.major),
                source=_source(product, places, port),
                columns=product.columns(port.schema_),
                comment=port.description,
            )


def _paths(mesh: Mesh, product: Product, places: Places, port: Blob | EventHub) -> tuple[str, ...]:
    """The folders to read; Capture writes {namespace}/{hub}/{partition}/{yyyy}/{mm}/{dd}/{HH}/{MM}/{SS}."""
    if isinstance(port, Blob):
        return (places.resolve(port.path),)
    hub = mesh.environment.hubs.get(product.spec.domain)
    if hub is None or hub.path is None or hub.transport != "capture":
        return ()
    return (f"{places.resolve(hub.path)}/{hub.namespace or '*'}/{port.hub}",)


def _transform(mesh: Mesh, product: Product, name: str, reads: tuple[str, ...]) -> Transform:
    step = product.spec.transformations[name]
    code, file, line = _code(mesh, product, name, step)
    return Transform(
        name=name,
        product=str(product.name),
        step=step,
        reads=reads,
        code=code,
        file=file,
        line=line,
        keeps_rows=isinstance(step, _KEEPS_ROWS) or (isinstance(step, Sql) and keeps_rows(code or "")),
        takes_whole=isinstance(step, Python) or (isinstance(step, Sql) and reorders(code or "")),
        staged=isinstance(step, Python) or is_random(_expressions(step, code)),
    )


def _code(mesh: Mesh, product: Product, name: str, step: AnyStep) -> tuple[str | None, str | None, int]:
    """The text that a step brings, with the file and line where it, or else the step itself, begins."""
    if not isinstance(step, Sql | Python):
        return None, product.document.file, product.document.locate(("transformations", name), key=True)[0]
    path = step.path if isinstance(step, Sql) else step.path and step.path[0]
    if path:
        return product.texts[path], (product.folder / path).relative_to(mesh.root).as_posix(), 1
    key = "sql" if isinstance(step, Sql) else "python"
    line, _, style = product.document.scalar(("transformations", name, key))
    text = step.sql if isinstance(step, Sql) else step.python
    return text, product.document.file, line + 1 if style in ("|", ">") else line


def _expressions(step: AnyStep, code: str | None) -> str:
    match step:
        case Sql():
            return code or ""
        case Derive():
            return "\n".join(step.columns.values())
        case Filter():
            return step.where
        case Select():
            return "\n".join(step.columns)
        case _:
            return ""


def _land(product: Product, places: Places, name: str, port: AnyDelta, steps: dict[str, Transform]) -> Land:
    table = places.table(TableName(product.spec.domain, product.spec.name, name), product.spec.major)
    about = product.spec.description
    columns = product.columns(port.schema_)
    port, columns = _fed(port, columns)
    recompute = _recompute(product, port, steps) if port.recompute else None
    reads = {step.name: step.reads for step in (recompute.steps if recompute else steps.values())}
    return Land(
        name=name,
        port=port,
        table=table,
        quarantine=table.beside("__quarantine"),
        columns=columns,
        rules=product.rules(port),
        cast_rules=tuple(_casts_above(product, port.from_, reads)),
        comment=port.description or (about.purpose if about else ""),
        properties=_properties(product, name, port),
        recompute=recompute,
    )


def _recompute(product: Product, port: AnyDelta, steps: dict[str, Transform]) -> Recompute:
    section = section_of(product, port)
    view, base = section.base
    return Recompute(
        by=port.recompute, base=base, view=view, steps=tuple(steps[name] for name in section.steps)
    )


def _fed(port: AnyDelta, columns: tuple[Column, ...] | None) -> tuple[AnyDelta, tuple[Column, ...] | None]:
    """An output that takes a change feed: it keeps the feed's version, and takes its deletes for deletes."""
    if not isinstance(port, Merge | History | Overwrite) or COMMIT_VERSION not in port.sequence_by:
        return port, columns
    version = Column(name=UPSTREAM_VERSION, physical_type="bigint")
    sequence = tuple(UPSTREAM_VERSION if name == COMMIT_VERSION else name for name in port.sequence_by)
    deletes = port.delete_when or f"{CHANGE_TYPE} = 'delete'"
    fed = port.model_copy(update={"sequence_by": sequence, "delete_when": deletes})
    return fed, None if columns is None else (*columns, version)


def _casts_above(
    product: Product, view: str, reads: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, str]]:
    """The casts on the way to a view; each may have left a value that would not be turned."""
    seen: set[str] = set()
    waiting = [view]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in reads:
            continue
        seen.add(name)
        waiting.extend(reads[name])
        step = product.spec.transformations[name]
        if isinstance(step, Cast):
            yield from ((name, column, step.on_error) for column in step.columns)


def _properties(product: Product, name: str, port: AnyDelta) -> dict[str, str]:
    """Delta table properties: the spec's own, the change feed where somebody may want it, and its owner."""
    wanted = isinstance(port, Merge | History) or name in _recomputed_from(product)
    feed = {FEED: "true"} if wanted else {}
    said = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in port.properties.items()
    }
    own = {"lakemesh.product": str(product.name), "lakemesh.version": product.spec.version}
    return {**feed, **own, **({SAID: ",".join(said)} if said else {}), **said}


def _recomputed_from(product: Product) -> set[str]:
    """The outputs whose changes tell which groups of others are to be made anew."""
    ports = (port for port in _ports(product).values() if port.recompute)
    return {section_of(product, port).base[1] for port in ports}


def _secrets(product: Product) -> Iterator[str]:
    steps = product.spec.transformations.values()
    yield from (step.salt.secret for step in steps if isinstance(step, Pseudonymise))


def _signing_in(flows: Iterable[Flow]) -> Iterator[str]:
    """The secrets with which hubs are read."""
    hubs = (read.hub for flow in flows for read in flow.reads)
    yield from (reference for hub in hubs if hub for reference in hub.credential.references)


def _foreign(flows: Iterable[Flow]) -> Iterator[str]:
    """What is read from another environment, each input once."""
    for name, where in dict.fromkeys((read.name, read.environment) for flow in flows for read in flow.reads):
        if where:
            yield f"input '{name}' is read from the environment '{where}', since it has not run in this one"


def _notes(product: Product) -> Iterator[str]:
    for name, port in _ports(product).items():
        if isinstance(port, Merge) and not port.sequence_by and not port.recompute:
            yield f"output '{name}' has no sequenceBy: of two rows with one key, the later arrival wins"
        if isinstance(port, History) and port.source == "snapshot" and port.max_deleted is None:
            yield f"output '{name}' has no maxDeleted: an empty snapshot would close every version"
