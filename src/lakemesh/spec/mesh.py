"""The mesh: its tenant, its time zone, its domains and where each lives."""

from __future__ import annotations

from typing import Any

from lakemesh.spec.model import Model


class Node(Model):
    """Where a domain lives in the cloud, such as a resource group."""

    kind: str
    name: str


class Domain(Model):
    """A domain, its owner and how to reach them."""

    owner: str
    contact: str = ""
    description: str = ""
    node: Node | None = None
    catalog: str | None = None


class MeshSpec(Model):
    """conf/mesh.yml."""

    tenant: str
    time_zone: str = "UTC"
    domains: dict[str, Domain]
    custom_properties: dict[str, Any] = {}
