"""The mesh: its tenant, its time zone, its domains and where each lives."""

from __future__ import annotations

from typing import Any

from lakemesh.spec.model import Model


class Node(Model):
    """Where a domain lives in the cloud, such as a resource group."""

    kind: str
    """Such as resourceGroup or subscription."""
    name: str
    """Its name."""


class Domain(Model):
    """A domain, its owner and how to reach them."""

    owner: str
    """The team that owns it."""
    contact: str = ""
    """How to reach them."""
    description: str = ""
    """What it is about."""
    node: Node | None = None
    """Where it lives in the cloud."""
    catalog: str | None = None
    """Its catalog in Unity Catalog, where an environment says no other. Recorded."""


class MeshSpec(Model):
    """conf/mesh.yml."""

    tenant: str
    """The company or unit whose mesh it is."""
    time_zone: str = "UTC"
    """The zone, by its IANA name, of every product that says none."""
    domains: dict[str, Domain]
    """The domains, by name."""
    custom_properties: dict[str, Any] = {}
    """Anything else, by name. Recorded."""
