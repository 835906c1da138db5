"""Event Hubs that are read themselves: where a namespace's Kafka endpoint is, and where a port begins.

Host and port: Microsoft's "What is Azure Event Hubs for Apache Kafka?",
https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakemesh.plan.stages import HubSource

if TYPE_CHECKING:
    from lakemesh.spec.inputs import EventHub
    from lakemesh.spec.loader import Mesh

DOMAIN = "servicebus.windows.net"
PORT = 9093


def hub_source(mesh: Mesh, domain: str) -> HubSource | None:
    """Where the hubs of a domain are read from; None for files of Capture, or without a credential."""
    hub = mesh.environment.hubs.get(domain)
    if hub is None or hub.transport != "kafka" or hub.credential is None:
        return None
    return HubSource(
        address=address_of(hub.namespace) if hub.namespace else None,
        credential=hub.credential,
        tls=hub.tls,
        platform=mesh.environment.platform,
    )


def begun(mesh: Mesh, domain: str, port: EventHub) -> EventHub:
    """The port, with the environment's word on where first runs begin."""
    hub = mesh.environment.hubs.get(domain)
    if hub is None or hub.starting_position is None:
        return port
    return port.model_copy(update={"start_from": hub.starting_position})


def address_of(namespace: str) -> str:
    """Host and port of a namespace's endpoint: a bare name is one of the public cloud."""
    host, port = namespace, str(PORT)
    if match := re.fullmatch(r"(.+):(\d+)", namespace):
        host, port = match[1], match[2]
    bare = "." not in host and host != "localhost" and not host.startswith("[")
    return f"{host}.{DOMAIN}:{port}" if bare else f"{host}:{port}"
