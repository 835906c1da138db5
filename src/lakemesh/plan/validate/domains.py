"""The mesh's own file: names of domains that can be catalogs, and a time zone that exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakemesh.errors import did_you_mean, known_words
from lakemesh.names import why_unusable
from lakemesh.plan.validate.references import is_zone
from lakemesh.spec.document import Path, read_document

if TYPE_CHECKING:
    from lakemesh.errors import Finding
    from lakemesh.spec.hubs import HubPlace
    from lakemesh.spec.loader import Mesh


def check_mesh(mesh: Mesh) -> Iterator[Finding]:
    """The findings in conf/mesh.yml."""
    found: list[tuple[Path, str, str]] = []
    for domain in mesh.spec.domains:
        why = why_unusable(domain)
        if why:
            found.append((("domains", domain), why, "unusable-name"))
    if not is_zone(mesh.spec.time_zone):
        message = (
            f"there is no time zone '{mesh.spec.time_zone}':"
            " use a name of the IANA database, such as Europe/Berlin"
        )
        found.append((("timeZone",), message, "unknown-zone"))
    if not found:
        return
    file = mesh.root / "conf" / "mesh.yml"
    document = read_document("conf/mesh.yml", file.read_text(encoding="utf-8-sig"))
    for path, message, code in found:
        yield document.find(path, message, code, key=path[0] == "domains")


def check_hubs(mesh: Mesh) -> Iterator[Finding]:
    """The findings for an environment's hubs: of which domain, and where Capture writes."""
    from lakemesh.plan.validate.notyet import environment_document

    known = list(mesh.spec.domains)
    said = {*known, *(name.domain for name in mesh.names)}  # a product of no domain has its own finding
    for domain, hub in mesh.environment.hubs.items():
        if domain not in said and ("domains",) not in mesh.blanks:
            near = did_you_mean(domain, known)
            message = f"conf/mesh.yml has no domain '{domain}'.{known_words(known)}{near}"
            yield environment_document(mesh).find(("hubs", domain), message, "unknown-domain", key=True)
        if hub.transport == "capture" and hub.path is None:
            message = "transport capture needs path: the folder that Event Hubs Capture writes to"
            yield environment_document(mesh).find(("hubs", domain, "transport"), message, "missing")
        is_whole = all(blank[:2] != ("hubs", domain) for blank in mesh.blanks)
        if is_whole and hub.transport == "kafka" and (message := _why_unread(mesh, hub)):
            yield environment_document(mesh).find(("hubs", domain, "transport"), message, "missing")


def _why_unread(mesh: Mesh, hub: HubPlace) -> str:
    """Why nobody could sign in to a namespace; empty where one can."""
    said = hub.credential
    if said is None:
        ways = "{secret: scope/key} of a connection string, {entra: ...} or {serviceCredential: NAME}"
        return f"transport kafka needs credential: {ways}"
    if said.secret is None and hub.namespace is None:
        return "transport kafka needs namespace: only a connection string says which one it is for"
    if said.service_credential is not None and mesh.environment.platform != "databricks":
        return "a service credential is Unity Catalog's: where the platform is local, say secret or entra"
    return ""
