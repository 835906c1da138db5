"""How one signs in to an Event Hubs namespace: connection strings taken apart, and the options for Kafka.

Sources: Microsoft's "What is Azure Event Hubs for Apache Kafka?" (security and authentication) and "Get an
Event Hubs connection string"; Azure Databricks' "Authentication" of its Kafka connector.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakemesh.errors import ReadFailed
from lakemesh.plan.hubs import PORT

if TYPE_CHECKING:
    from lakemesh.plan.stages import HubSource, Read
    from lakemesh.run import Secrets
    from lakemesh.spec.hubs import EntraApp

_USER = "$ConnectionString"
_SCHEME = "sb://"
_WORDS = ("Endpoint", "SharedAccessKeyName", "SharedAccessKey")
_KAFKA = "org.apache.kafka.common.security"
# Databricks ships Kafka's client under another name, and documents the handler's older one.
_SHADED = {"local": "", "databricks": "kafkashaded."}
_PACKAGES = {"local": "", "databricks": "secured."}
_LOOPBACK = ("localhost", "127.", "[::1]")
_TOKENS = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"


@dataclass(frozen=True)
class Connection:
    """What a connection string says. Neither it nor its key is ever shown."""

    host: str
    entity: str | None
    """The hub that it is for; none where it is for all hubs of the namespace."""
    text: str = field(repr=False)


def parse_connection(text: str, reference: str) -> Connection:
    """A connection string of Event Hubs, which is told of by its reference alone.

    Raises ReadFailed where it is none, or lacks what the Kafka endpoint asks for.
    """
    pairs = (part.partition("=") for part in text.strip().strip(";").split(";"))
    said = {name.strip().lower(): value.strip() for name, _, value in pairs}
    lacking = [word for word in _WORDS if not said.get(word.lower())]
    if "sharedaccesssignature" in said:
        raise ReadFailed(
            f"the secret '{reference}' holds a shared access signature, which the Kafka endpoint of Event"
            " Hubs does not take: store a connection string with SharedAccessKeyName and SharedAccessKey."
        )
    if lacking or not said["endpoint"].startswith(_SCHEME):
        what = f"it has no {', '.join(lacking)}" if lacking else "its Endpoint does not begin with sb://"
        raise ReadFailed(
            f"the secret '{reference}' is no connection string of Event Hubs: {what}. It is of the form"
            " Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=...;SharedAccessKey=..."
        )
    host = said["endpoint"].removeprefix(_SCHEME).strip("/")
    return Connection(host, said.get("entitypath") or None, text.strip())


def connection_of(read: Read, hub: HubSource, secrets: Secrets) -> Connection | None:
    """The connection string with which a hub is read; None where it is read otherwise.

    Raises ReadFailed where it is for another hub or for another namespace than the input reads.
    """
    reference = hub.credential.secret
    if reference is None:
        return None
    found = parse_connection(secrets.get(reference), reference)
    name: str = getattr(read.port, "hub", "")
    if found.entity is not None and found.entity.lower() != name.lower():
        raise ReadFailed(
            f"input '{read.name}' reads hub '{name}', and the connection string of secret '{reference}' is"
            f" for hub '{found.entity}' (EntityPath): store one of hub '{name}', or one of the whole"
            " namespace, which has no EntityPath."
        )
    _require_same(read, hub, found, reference)
    return found


def _require_same(read: Read, hub: HubSource, found: Connection, reference: str) -> None:
    """Nothing. Raises ReadFailed where the environment says another namespace than the connection string."""
    said, host = _host(hub.address or found.host), _host(found.host)
    if said.lower() != host.lower() and not said.startswith(_LOOPBACK):
        raise ReadFailed(
            f"input '{read.name}' reads from namespace {said}, and the connection string of secret"
            f" '{reference}' is for {host} (Endpoint): store one of that namespace, or mend namespace under"
            " hubs in the environment."
        )


def _host(address: str) -> str:
    """An address without its port."""
    host, colon, port = address.rpartition(":")
    return host if colon and port.isdigit() else address


def address_of(read: Read, hub: HubSource, secrets: Secrets) -> str:
    """Host and port of the namespace's Kafka endpoint: what the environment says, or the connection string.

    Raises ReadFailed where neither does.
    """
    found = connection_of(read, hub, secrets)
    if hub.address is not None:
        return hub.address
    if found is None:
        raise ReadFailed(f"input '{read.name}' has no namespace: say it under hubs in the environment.")
    return found.host if _host(found.host) != found.host else f"{found.host}:{PORT}"


def sign_in_options(read: Read, hub: HubSource, secrets: Secrets) -> dict[str, str]:
    """The options of Spark's Kafka source with which it signs in; they hold secrets."""
    address = address_of(read, hub, secrets)
    options = {"kafka.bootstrap.servers": address}
    if hub.credential.service_credential is not None:
        return {**options, "databricks.serviceCredential": hub.credential.service_credential}
    options["kafka.security.protocol"] = "SASL_SSL" if hub.tls else "SASL_PLAINTEXT"
    shade = _SHADED[hub.platform]
    found = connection_of(read, hub, secrets)
    if found is not None:
        return {**options, **_plain(found, shade)}
    if hub.credential.entra is not None:
        return {**options, **_bearer(hub.credential.entra, _host(address), hub, secrets)}
    raise ReadFailed(f"input '{read.name}' has no credential: say one under hubs in the environment.")


def _plain(found: Connection, shade: str) -> dict[str, str]:
    module = f"{shade}{_KAFKA}.plain.PlainLoginModule"
    return {
        "kafka.sasl.mechanism": "PLAIN",
        "kafka.sasl.jaas.config": _jaas(module, username=_USER, password=found.text),
    }


def _bearer(app: EntraApp, host: str, hub: HubSource, secrets: Secrets) -> dict[str, str]:
    """An application of Entra ID, by the client credentials grant, which Kafka's own handler knows.

    Source: Kafka's KIP-768.
    """
    oauth = f"{_SHADED[hub.platform]}{_KAFKA}.oauthbearer"
    module = f"{oauth}.OAuthBearerLoginModule"
    handler = f"{_PACKAGES[hub.platform]}OAuthBearerLoginCallbackHandler"
    scope = f"https://{host}/.default"
    return {
        "kafka.sasl.mechanism": "OAUTHBEARER",
        "kafka.sasl.jaas.config": _jaas(
            module, clientId=app.client_id, clientSecret=secrets.get(app.secret), scope=scope
        ),
        "kafka.sasl.oauthbearer.token.endpoint.url": _TOKENS.format(tenant=app.tenant),
        "kafka.sasl.login.callback.handler.class": f"{oauth}.{handler}",
    }


def _jaas(module: str, **words: str) -> str:
    """A line of JAAS, its values quoted as its reader (a Java StreamTokenizer) takes them."""
    said = " ".join(f'{name}="{_quoted(value)}"' for name, value in words.items())
    return f"{module} required {said};"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
