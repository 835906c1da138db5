"""Input ports: where a product reads."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lakemesh.spec.columns import SchemaSpec
from lakemesh.spec.expectations import Rule
from lakemesh.spec.model import Many, Model, Words

SchemaChange = Literal["ignore", "evolve", "freeze", "discard_row", "discard_value"]
DataLoss = Literal["fail", "continue"]
Positive = Annotated[int, Field(gt=0)]
Partition = Annotated[str, Field(pattern=r"^\d+$")]
Number = Annotated[int, Field(ge=0)]


def _moment(value: Any) -> Any:
    """An ISO 8601 instant in a text; anything else as it is."""
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


Moment = Annotated[dt.datetime, BeforeValidator(_moment)]


# What Spark reads: no week years, no names of days or quarters, which it writes only.
# Source: https://spark.apache.org/docs/4.0.0/sql-ref-datetime-pattern.html
_READ = frozenset("GyMLdDahHkKmsSVzOXxZ")
_LITERAL = re.compile(r"'[^']*'")


def _readable(pattern: str) -> str:
    """A pattern of timestamps that Spark can read."""
    letters = _LITERAL.sub("", pattern)
    wrong = next(
        (letter for letter in letters if letter.isascii() and letter.isalpha() and letter not in _READ), None
    )
    if "'" in letters:
        raise ValueError(f"'{pattern}' has a quote that is never closed")
    if wrong is not None or ("D" in letters and "M" in letters):
        near = " (write yyyy-MM-dd)" if wrong in ("Y", None) else " (a literal letter stands in '...')"
        raise ValueError(f"Spark reads no timestamps by '{wrong or 'D'}' in '{pattern}'{near}")
    return pattern


def _closed(pattern: str) -> str:
    """A pattern of file names whose brackets and braces are closed."""
    bare = re.sub(r"\\.", "", pattern)
    for opened, closed in ("[]", "{}"):
        if bare.count(opened) > bare.count(closed):
            raise ValueError(f"'{pattern}' has a {opened} that is never closed")
    return pattern


def _hub(name: str) -> str:
    """A name that an Event Hub may have, and no list or pattern of them."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(
            f"'{name}' is no name of an Event Hub: letters, digits, dots, hyphens and underscores make one"
        )
    return name


class _Port(Model):
    description: str = ""
    """What is read here."""
    tags: Words = ()
    """Words to find it by."""
    contract_id: str | None = None
    """The id of the contract under which it is read. Recorded."""


class _JsonPort(_Port):
    schema_: Annotated[SchemaSpec, Field(alias="schema")]
    """The fields of each record: columns, a short map of name to Spark type, `{ref: NAME}`, or a file."""
    max_per_batch: Positive | None = None
    """How much a batch reads at most: events of a hub, or files (1,000 unless told), those of Event Hubs
    Capture as well.
    """
    timestamp_format: Annotated[str, AfterValidator(_readable)] | None = None
    """How timestamps are written, as a Spark pattern such as `dd.MM.yyyy HH:mm`. Default: ISO 8601."""
    on_schema_change: SchemaChange = "ignore"
    """What becomes of fields that the schema does not have, and of values that do not fit."""
    on_data_loss: DataLoss = "fail"
    """Whether to stop or go on where something that was not yet read is gone."""
    quality: Many[Rule] = ()
    """Rules about the records; with `drop` or `quarantine` a record goes to `<input>__rejected`."""

    @property
    def incremental(self) -> bool:
        """Whether each record is read once, by a checkpoint."""
        return True


class EventHub(_JsonPort):
    """Events of an Event Hub, JSON or Avro."""

    kind: Literal["eventhub"]
    """Events."""
    hub: Annotated[str, Field(min_length=1), AfterValidator(_hub)]
    """The Event Hub's name; namespace, transport and credentials come from the environment."""
    consumer_group: Annotated[str, Field(min_length=1, max_length=200)] = "$Default"
    """The consumer group, by which the namespace knows who reads. What was read is known by the checkpoint
    alone. Files of Event Hubs Capture know none.
    """
    start_from: Literal["earliest", "latest"] | Moment | dict[Partition, Number] = "earliest"
    """Where the first run begins: the ends of the hub, an ISO 8601 instant, or the sequence number for
    each partition; those without one begin at their first event.
    """
    min_per_batch: Positive | None = None
    """How many events must wait before a run reads them: fewer are left to a later run, unless one of them
    waits for 15 minutes. Files of Event Hubs Capture do not wait.
    """
    format: Literal["json", "avro"] = "json"
    """How an event's body is written: a JSON object, or Avro's binary encoding of one record."""
    avro_schema: Annotated[str, Field(min_length=1)] | None = None
    """For `avro`: the file in the product's folder that holds the writer's schema, as Avro has it in JSON."""
    compression: Literal["none", "gzip"] = "none"
    """`gzip`: a body that is compressed is unpacked first; one that is not is taken as it is."""
    on_tombstone: Literal["reject", "keep"] = "reject"
    """What becomes of an event without a body: it is rejected as empty, or kept as a record without values,
    whose key is `_source.key`.
    """

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> EventHub:
        if (self.format == "avro") != (self.avro_schema is not None):
            raise ValueError("format: avro and avroSchema, the file of the writer's schema, go together")
        if self.min_per_batch and self.max_per_batch and self.min_per_batch > self.max_per_batch:
            raise ValueError("minPerBatch must not be more than maxPerBatch")
        return self


class Blob(_JsonPort):
    """JSON files in a folder of blob storage, found as they arrive."""

    kind: Literal["blob"]
    """Files."""
    path: Annotated[str, Field(min_length=1)]
    """The folder, with all folders below it; `${landing.<domain>}` comes from the environment."""
    pattern: Annotated[str, AfterValidator(_closed)] | None = None
    """Which files by their names, such as `*.json.gz`. Default: all. Names that begin with `_` or `.` are
    hidden and never read.
    """
    format: Literal["json"] = "json"
    """What the files hold."""
    multi_line: bool = False
    """Whether a file is one document (an object, or an array of them) instead of one record a line."""


class ProductInput(_Port):
    """An output port of another product, or of this one's own domain."""

    kind: Literal["product"]
    """Another product."""
    product: str
    """The product as `domain.name`."""
    port: str
    """The name of its output port."""
    version: Positive | None = None
    """Its major version; required where the product is of another domain."""
    read: Literal["snapshot", "appends", "changes"] = "snapshot"
    """The whole table in every run (`snapshot`), its new rows (`appends`), or what was inserted, updated
    and deleted (`changes`).
    """
    where: str | None = None
    """A SQL condition; other rows are not read."""
    max_per_batch: Positive | None = None
    """How many files of the table a batch of `appends` or `changes` reads at most."""
    on_data_loss: DataLoss = "fail"
    """Whether to stop or go on where changes that were not yet read are gone."""
    quality: Many[Rule] = ()
    """Rules about the rows; they may warn or fail, and those of `appends` and `changes` set a row aside."""

    @property
    def incremental(self) -> bool:
        """Whether each row is read once, by a checkpoint."""
        return self.read != "snapshot"


InputPort = Annotated[EventHub | Blob | ProductInput, Field(discriminator="kind")]
