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
    """What the product is for."""
    limitations: str = ""
    """What it is not for, and what is left out of it."""
    usage: str = ""
    """How it is used: what to join on, what to look at first."""


class Member(Model):
    """A member of a team."""

    username: str
    """How the member is known, such as an e-mail address."""
    role: str = ""
    """Such as owner or data steward."""
    name: str = ""
    """The member's name."""


class Team(Model):
    """The team that owns a product."""

    name: str
    """The team's name."""
    description: str = ""
    """What the team does."""
    members: Many[Member] = ()
    """Who belongs to it."""


class Support(Model):
    """A channel where consumers are answered."""

    channel: str
    """The channel's name."""
    url: str = ""
    """Where it is."""
    tool: str = ""
    """Such as teams, slack, email or ticket."""
    scope: str = ""
    """Such as interactive, announcements or issues."""
    description: str = ""
    """What it is for."""


class DataProduct(Model):
    """One data product: what it reads, does, promises and serves."""

    api_version: Literal["lakemesh/v1"]
    """The version of the language."""
    kind: Literal["DataProduct"]
    """What the file describes."""
    name: str
    """The product's name, and its folder's: lower-case letters, digits and `_`."""
    domain: str
    """The domain that owns it, one of `conf/mesh.yml`; also the name of the folder above."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.0.0"
    """Major, minor and patch. A second major's tables stand beside the first's, as `<port>_v2`."""
    status: Status = "active"
    """Where the product is in its life. Recorded; a run does not look at it."""
    type: Literal["sourceAligned", "aggregate", "consumerAligned"] | None = None
    """Whether it serves what one source has, brings several products together, or fits one use."""
    description: Description | None = None
    """What it is for, what it is not for, and how it is used."""
    team: Team | None = None
    """Who owns it."""
    support: Many[Support] = ()
    """Where consumers are answered."""
    tags: Words = ()
    """Words to find it by."""
    time_zone: str | None = None
    """The zone, by its IANA name, in which steps and rules see timestamps. Default: the mesh's."""
    schedule: Schedule | None = None
    """What starts a run. Recorded: on a laptop, runs are started by hand."""
    compute: str | Compute | None = None
    """A profile of the environment's `compute`, or one with what the product adds to it."""
    custom_properties: Many[dict[str, Any]] = ()
    """What the standards have no word for, as a list of maps. Recorded."""
    schemas: dict[str, Columns] = {}
    """Columns said once; ports refer to them by `{ref: NAME}`."""
    input_ports: Annotated[dict[str, InputPort], Field(min_length=1)]
    """Where the product reads, by name; steps and SQL see each under that name."""
    transformations: dict[str, Step] = {}
    """The steps, by name and in any order; each is a view that later steps and outputs read."""
    output_ports: Annotated[dict[str, OutputPort], Field(min_length=1)]
    """Where consumers read, by name."""

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
