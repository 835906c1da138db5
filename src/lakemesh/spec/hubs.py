"""Where a domain's Event Hubs are, how they are read, and who signs in there."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from lakemesh.spec.inputs import Moment
from lakemesh.spec.model import Model

Reference = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
_WAYS = ("secret", "entra", "serviceCredential")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?")


class EntraApp(Model):
    """An application (service principal) of Microsoft Entra ID."""

    tenant: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """The id, or a domain, of the tenant."""
    client_id: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """The application's id."""
    secret: Reference
    """The reference (`scope/key`) of its client secret; locally an environment variable."""


class Credential(Model):
    """How to sign in to a namespace: one of a connection string, an application, a service credential."""

    secret: Reference | None = None
    """The reference (`scope/key`) of a connection string; locally the environment variable that `lakemesh
    doctor` names.
    """
    entra: EntraApp | None = None
    """An application of Microsoft Entra ID with the role Azure Event Hubs Data Receiver."""
    service_credential: Annotated[str, Field(min_length=1)] | None = None
    """The name of a service credential of Unity Catalog, on Databricks."""

    @model_validator(mode="after")
    def _is_one_way(self) -> Credential:
        said = (self.secret, self.entra, self.service_credential)
        if sum(way is not None for way in said) != 1:
            raise ValueError(f"credential says one of {', '.join(_WAYS)}")
        return self

    @property
    def references(self) -> tuple[str, ...]:
        """The references of the secrets that it needs."""
        said = (self.secret, self.entra.secret if self.entra else None)
        return tuple(reference for reference in said if reference is not None)


def _by_reference(value: Any) -> Any:
    """A credential; a text in its place may be the very secret, so that it is not repeated."""
    if isinstance(value, str):
        raise ValueError("a credential is said by reference, never by value: {secret: scope/key}")
    return value


class HubPlace(Model):
    """Where a domain's Event Hubs are, and how they are read."""

    transport: Literal["capture", "kafka", "amqp"]
    """`capture` reads the Avro files that Event Hubs Capture writes, `kafka` the hubs themselves by the
    namespace's Kafka endpoint (Standard tier and above). `amqp` is not built yet.
    """
    path: str | None = None
    """For `capture`: the folder that Capture writes to; below it stands a folder for each hub."""
    namespace: str | None = None
    """The Event Hubs namespace: its name, or its host where that is not under servicebus.windows.net, with
    a port where that is not 9093. Without one, that of the connection string.
    """
    credential: Annotated[Credential, BeforeValidator(_by_reference)] | None = None
    """For `kafka`: how to sign in."""
    tls: bool = True
    """For `kafka`: whether the line is encrypted; false only for a broker on this machine."""
    starting_position: Literal["earliest", "latest"] | Moment | None = None
    """Where the first run of each product begins in this environment, in place of what its ports say
    (`startFrom`).
    """

    @field_validator("namespace")
    @classmethod
    def _is_a_host(cls, namespace: str | None) -> str | None:
        if namespace is not None and not _NAME.fullmatch(namespace):
            raise ValueError(
                "namespace is the name of an Event Hubs namespace, or a host such as"
                " shop.servicebus.windows.net, with a port (:9093) or without"
            )
        return namespace

    @model_validator(mode="after")
    def _is_safe(self) -> HubPlace:
        if not self.tls and not _LOOPBACK.fullmatch(self.namespace or ""):
            raise ValueError(
                "tls: false would send secrets in the clear: it is for a broker on this machine (namespace:"
                " localhost:PORT)"
            )
        return self
