"""The stages of a plan as frozen values: what `plan` prints and what a run executes are this very object."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lakemesh.names import ProductName, parse_product
from lakemesh.plan.places import Place, Places
from lakemesh.spec.columns import Column, struct_of
from lakemesh.spec.expectations import Rule
from lakemesh.spec.hubs import Credential
from lakemesh.spec.inputs import Blob, EventHub, InputPort, ProductInput
from lakemesh.spec.model import Many, Model, Words
from lakemesh.spec.outputs import DeltaPort
from lakemesh.spec.steps import Step
from lakemesh.spec.types import Primitive, Struct

SAID = "lakemesh.properties"
"""The table property that names those which the spec gave the table: they go when the spec drops them."""
EARLIEST = "earliest"
ReadMode = Literal["batch", "snapshot", "empty"]


class ViewSource(Model):
    """The query behind a view port, and the tables that it reads, by the names that it has for them."""

    sql: str
    tables: dict[str, Place]


class HubSource(Model):
    """A hub that is read by its namespace's Kafka endpoint: where that is, and who signs in."""

    address: str | None = None
    """Host and port; none where the connection string says the host."""
    credential: Credential
    tls: bool = True
    platform: Literal["local", "databricks"] = "local"


class Read(Model):
    """An input port as one flow sees it: its micro-batch, a pinned snapshot, or an empty frame."""

    name: str
    mode: ReadMode
    port: InputPort
    columns: Many[Column] = ()
    paths: Many[str] = ()
    """Folders or globs of files; empty for a product input, and for a hub that is read itself."""
    hub: HubSource | None = None
    """Where a hub's events come from; none for files of Event Hubs Capture."""
    avro: str | None = None
    """The writer's schema of Avro bodies."""
    passing: bool = False
    """Whether events of a hub that are gone are passed over, each gap told."""
    table: Place | None = None
    """The table of a product input."""
    environment: str = ""
    """The environment whose table that is, where it is not the plan's own (readFrom)."""
    view: ViewSource | None = None
    """What stands behind the table of a product input, where that is a view."""
    rejected: Place | None = None
    """Where rejected records go; none for a product input without a rule that rejects."""
    rules: Many[Rule] = ()
    """What it judges of its rows: those under its columns, unless an output judges them, and its own."""
    start: str | dict[str, int] = EARLIEST
    """Where the checkpoint of an event hub begins: earliest, a time (ISO 8601), or a number a partition."""
    evolved: Many[str] = ()
    """Undeclared fields that earlier runs found, which the view of a port with `evolve` has as text."""
    staged: bool = False

    @property
    def fields(self) -> Struct:
        """The columns of its view as one type: the declared ones, then those that were found."""
        found = tuple((name, Primitive("string")) for name in self.evolved)
        return Struct((*struct_of(self.columns).fields, *found))

    @property
    def is_json(self) -> bool:
        """Whether its records are text to be parsed."""
        return isinstance(self.port, Blob | EventHub)

    @property
    def is_files(self) -> bool:
        """Whether it reads files: JSON, or those of Event Hubs Capture."""
        return self.is_json and self.hub is None

    @property
    def is_table(self) -> bool:
        """Whether it reads a table."""
        return isinstance(self.port, ProductInput)


class Transform(Model):
    """A step with the views it reads and the code it brings."""

    name: str
    product: str = ""
    """The product that it belongs to, domain.name."""
    step: Step
    reads: Many[str]
    code: str | None = None
    """The text of the SQL or Python; none for the other kinds."""
    file: str | None = None
    """The file that the code stands in, from the mesh's root: product.yml where it is inline, or none."""
    line: int = 1
    """The line of that file at which the code begins; of a step without code, its own."""
    keeps_rows: bool = False
    """Whether it gives exactly as many rows as it takes, by construction."""
    settled: bool = False
    """Whether it deduplicates what a merge settles: then all rows pass it."""
    empty: bool = False
    """Whether it cannot have a row in this flow, since all that it reads belongs to other flows."""
    takes_whole: bool = False
    """Whether it may run what it reads twice or in part: Python, a sort, a LIMIT."""
    staged: bool = False


class Recompute(Model):
    """What an output's groups are made of: rows of another output, read whole for the groups of a batch."""

    by: Words
    """The columns that tell the groups apart."""
    base: str
    """The other output."""
    view: str
    """The view that it is written from: the steps read the other output's table in its place."""
    steps: Many[Transform] = ()


class Land(Model):
    """An output port with its table, its rules and what its rows must look like."""

    name: str
    port: DeltaPort
    table: Place
    quarantine: Place
    columns: Many[Column] | None = None
    """The contract's columns; none where the frame decides."""
    rules: Many[Rule] = ()
    cast_rules: Many[Words] = ()
    """(step, column, onError) of each cast on the way here whose failures are said by a built-in rule."""
    staged: bool = False
    comment: str = ""
    properties: dict[str, str] = {}
    recompute: Recompute | None = None

    @property
    def tombstones(self) -> Place:
        """Where a merge leaves the keys and sequences of its deletes."""
        return self.table.beside("__tombstones")


class Flow(Model):
    """The way from one incremental input (or from snapshots alone) to the outputs."""

    name: str
    input: str | None
    """The incremental input whose batches drive it; none for a flow of snapshots alone."""
    reads: Many[Read]
    steps: Many[Transform]
    outputs: Many[Land]
    gated: bool = False
    """Whether every rule that may fail is decided before anything becomes visible."""

    def read(self, name: str) -> Read:
        """One of its inputs by name."""
        return next(read for read in self.reads if read.name == name)

    @property
    def batched(self) -> tuple[Land, ...]:
        """The outputs that are written from the rows of a batch."""
        return tuple(land for land in self.outputs if land.recompute is None)

    @property
    def recomputed(self) -> tuple[tuple[Land, Recompute], ...]:
        """The outputs whose groups are made anew behind a batch, each with what they are made of."""
        return tuple((land, land.recompute) for land in self.outputs if land.recompute is not None)

    @property
    def all_steps(self) -> tuple[Transform, ...]:
        """Its steps, and those of the groups that it recomputes; one that is in both stands twice."""
        return (*self.steps, *(step for _, said in self.recomputed for step in said.steps))

    def behind(self, land: Land, said: Recompute) -> Flow:
        """What is done behind a batch for an output that recomputes groups, as a flow of its own."""
        wanted = {view for step in said.steps for view in step.reads} - {said.view}
        reads = tuple(read for read in self.reads if read.mode == "snapshot" and read.name in wanted)
        changes = {"input": None, "reads": reads, "steps": said.steps, "outputs": (land,), "gated": False}
        return self.model_copy(update=changes)


class ViewPort(Model):
    """An output port that is a query: nothing is written, and whoever reads it runs it."""

    name: str
    place: Place
    source: ViewSource
    columns: Many[Column] | None = None
    comment: str = ""


class Plan(Model):
    """Everything that a run of one product does in one environment, in order."""

    product: str
    version: str
    environment: str
    time_zone: str
    places: Places
    clock: str | None = None
    """The fixed clock of the environment, ISO 8601 in UTC; none where a run takes the time of its start."""
    flows: Annotated[Many[Flow], Field(min_length=1)]
    views: Many[ViewPort] = ()
    secrets: Many[str] = ()
    """The references (scope/key) that its steps need."""
    secrets_file: str | None = None
    """The file in which variables are looked up that the process has not."""
    notes: Many[str] = ()

    @property
    def name(self) -> ProductName:
        """The product's name."""
        return parse_product(self.product)

    def flow(self, name: str) -> Flow:
        """One of its flows by name."""
        return next(flow for flow in self.flows if flow.name == name)

    @property
    def tables(self) -> dict[str, Place]:
        """Every table that a run may write, by location: outputs, what is beside them, rejected records."""
        lands = [land for flow in self.flows for land in flow.outputs]
        beside = [place for land in lands for place in (land.table, land.quarantine, land.tombstones)]
        rejected = [read.rejected for flow in self.flows for read in flow.reads if read.rejected]
        return {place.location: place for place in (*beside, *rejected)}
