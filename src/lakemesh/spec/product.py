"""A data product as its engineer says it: one file, in ODPS's words where it has one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from lakemesh.names import ProductName
from lakemesh.spec.columns import Columns
from lakemesh.spec.inputs import InputPort
from lakemesh.spec.model import Many, Model, Words
from lakemesh.spec.outputs import OutputPort
from lakemesh.spec.schedule import Compute, Schedule
from lakemesh.spec.steps import Step

Status = Literal["proposed", "draft", "active", "deprecated", "retired"]


class Description(Model):
    """What a product is for, what it is not for, and how it is used."""

    purpose: str = ""
    limitations: str = ""
    usage: str = ""


class Member(Model):
    """A member of a team."""

    username: str
    role: str = ""
    name: str = ""


class Team(Model):
    """The team that owns a product."""

    name: str
    description: str = ""
    members: Many[Member] = ()


class Support(Model):
    """A channel where consumers are answered."""

    channel: str
    url: str = ""
    tool: str = ""
    scope: str = ""
    description: str = ""


class DataProduct(Model):
    """One data product: what it reads, does, promises and serves."""

    api_version: Literal["lakemesh/v1"]
    kind: Literal["DataProduct"]
    name: str
    domain: str
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.0.0"
    status: Status = "active"
    type: Literal["sourceAligned", "aggregate", "consumerAligned"] | None = None
    description: Description | None = None
    team: Team | None = None
    support: Many[Support] = ()
    tags: Words = ()
    time_zone: str | None = None
    schedule: Schedule | None = None
    compute: str | Compute | None = None
    custom_properties: Many[dict[str, Any]] = ()
    schemas: dict[str, Columns] = {}
    input_ports: Annotated[dict[str, InputPort], Field(min_length=1)]
    transformations: dict[str, Step] = {}
    output_ports: Annotated[dict[str, OutputPort], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _no_empty_blocks(cls, value: Any) -> Any:
        """A block that is opened and left empty is as good as absent."""
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value

    @property
    def full_name(self) -> ProductName:
        """The product's name with its domain."""
        return ProductName(self.domain, self.name)

    @property
    def major(self) -> int:
        """The first part of the version: the one that breaks consumers."""
        return int(self.version.split(".")[0])
