"""Input ports: where a product reads."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from lakemesh.spec.columns import SchemaSpec
from lakemesh.spec.expectations import Rule
from lakemesh.spec.model import Many, Model, Words

SchemaChange = Literal["ignore", "evolve", "freeze", "discard_row", "discard_value"]
DataLoss = Literal["fail", "continue"]
Positive = Annotated[int, Field(gt=0)]


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


class _Port(Model):
    description: str = ""
    tags: Words = ()
    contract_id: str | None = None


class _JsonPort(_Port):
    schema_: Annotated[SchemaSpec, Field(alias="schema")]
    max_per_batch: Positive | None = None
    timestamp_format: Annotated[str, AfterValidator(_readable)] | None = None
    on_schema_change: SchemaChange = "ignore"
    on_data_loss: DataLoss = "fail"
    quality: Many[Rule] = ()

    @property
    def incremental(self) -> bool:
        """Whether each record is read once, by a checkpoint."""
        return True


class EventHub(_JsonPort):
    """JSON events of an Event Hub."""

    kind: Literal["eventhub"]
    hub: Annotated[str, Field(min_length=1)]
    consumer_group: str = "$Default"
    start_from: Literal["earliest", "latest"] | Moment | dict[str, int] = "earliest"
    min_per_batch: Positive | None = None
    format: Literal["json", "avro"] = "json"


class Blob(_JsonPort):
    """JSON files in a folder of blob storage, found as they arrive."""

    kind: Literal["blob"]
    path: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, AfterValidator(_closed)] | None = None
    format: Literal["json"] = "json"
    multi_line: bool = False


class ProductInput(_Port):
    """An output port of another product, or of this one's own domain."""

    kind: Literal["product"]
    product: str
    port: str
    version: Positive | None = None
    read: Literal["snapshot", "appends", "changes"] = "snapshot"
    where: str | None = None
    max_per_batch: Positive | None = None
    on_data_loss: DataLoss = "fail"
    quality: Many[Rule] = ()

    @property
    def incremental(self) -> bool:
        """Whether each row is read once, by a checkpoint."""
        return self.read != "snapshot"


InputPort = Annotated[EventHub | Blob | ProductInput, Field(discriminator="kind")]
