"""The errors of a hub that is read itself, in the words of Event Hubs.

The conditions are those of Spark's Kafka source and of Kafka's Java client; what Event Hubs means by them is
told in Microsoft's "Apache Kafka troubleshooting guide for Event Hubs".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakemesh.errors import EventsLost, ReadFailed

if TYPE_CHECKING:
    from lakemesh.errors import RunError
    from lakemesh.plan.stages import Flow, HubSource, Read

_OF_KAFKA = ("kafka", "KAFKA", "Kafka")
# Spark 4.0 says some of it by its condition, and some in words alone.
_LOST = ("KAFKA_DATA_LOSS", "data may have been lost because they are not available in Kafka")
_NOT_WRITTEN = "Nothing of the batch was written."
_DENIED = tuple(f"{what}AuthorizationException" for what in ("Topic", "Group", "Cluster"))
_RECREATED = re.compile(r"offset was changed from (\d+) to (\d+)")
_STARTS = re.compile(r"Specified: (.*?)\s*Assigned: (.*)")


def hub_error(text: str, flow: Flow | None) -> RunError | None:
    """What Spark's Kafka source or Kafka's client says, in the words of Event Hubs; None for other errors."""
    read = next((read for read in flow.reads if read.name == flow.input), None) if flow else None
    if read is None or read.hub is None or not any(mark in text for mark in _OF_KAFKA):
        return None
    if again := _RECREATED.search(text):
        return ReadFailed(_made_anew(read, *again.groups()))
    if any(mark in text for mark in _LOST):
        return EventsLost(f"input '{read.name}' lacks events that were not yet read.")
    for marks, tell in _TOLD:
        if any(mark in text for mark in marks):
            return ReadFailed(tell(read, read.hub, text))
    return None


def _who(read: Read, hub: HubSource) -> str:
    said = hub.credential
    if said.secret is not None:
        return f"the connection string of secret '{said.secret}'"
    if said.entra is not None:
        return f"the application {said.entra.client_id} (secret '{said.entra.secret}')"
    return f"the service credential '{said.service_credential}'"


def _where(hub: HubSource) -> str:
    return f"namespace {hub.address}" if hub.address else "its namespace"


def _name(read: Read) -> str:
    return str(getattr(read.port, "hub", ""))


def _wrong_key(read: Read, hub: HubSource, _: str) -> str:
    way = (
        "copy it again from a shared access policy with the right Listen, since a key may have been renewed"
        if hub.credential.secret
        else "see that its secret is right and has not expired"
    )
    return f"input '{read.name}': {_where(hub)} does not accept {_who(read, hub)}: {way}. {_NOT_WRITTEN}"


def _no_token(read: Read, hub: HubSource, text: str) -> str:
    found = re.search(r"\b(invalid_\w+|unauthorized_client|AADSTS\d+)", text)
    said = f" ({found[1]})" if found else ""
    return (
        f"input '{read.name}': Microsoft Entra ID gives {_who(read, hub)} no token{said}: see that tenant,"
        " clientId and secret are right, and that login.microsoftonline.com is reached from here."
        f" {_NOT_WRITTEN}"
    )


def _not_allowed(read: Read, hub: HubSource, _: str) -> str:
    return (
        f"input '{read.name}': {_who(read, hub)} may not read hub '{_name(read)}' of {_where(hub)}: it needs"
        " the right Listen, or the role Azure Event Hubs Data Receiver; a namespace of the Basic tier has no"
        f" Kafka endpoint at all. {_NOT_WRITTEN}"
    )


def _no_hub(read: Read, hub: HubSource, _: str) -> str:
    return (
        f"input '{read.name}': there is no hub '{_name(read)}' in {_where(hub)}: create it, or mend hub in"
        f" the spec or namespace in the environment. {_NOT_WRITTEN}"
    )


def no_route(read: Read, address: str, why: str = "") -> str:
    """What to say where nobody answers at a namespace's endpoint."""
    reason = f": {why}" if why else ""
    return (
        f"input '{read.name}': {address} does not answer{reason}. See that the namespace is right, that port"
        " 9093 is open towards it (firewall, proxy), and that its network rules or private endpoint let this"
        " machine in."
    )


def _silent(read: Read, hub: HubSource, _: str) -> str:
    return no_route(read, hub.address or "its namespace")


def _throttled(read: Read, hub: HubSource, _: str) -> str:
    return (
        f"input '{read.name}': {_where(hub)} gave no events of hub '{_name(read)}' in time: most likely it"
        " holds them back, since more is read or sent than its throughput or processing units allow (see"
        " Throttled Requests in its metrics). Raise them, or lower maxPerBatch; then run again."
        f" {_NOT_WRITTEN}"
    )


def _no_tls(read: Read, hub: HubSource, _: str) -> str:
    return (
        f"input '{read.name}': no encrypted line to {_where(hub)}: its certificate is not trusted here, or"
        f" what listens there speaks no TLS. {_NOT_WRITTEN}"
    )


def _other_partitions(read: Read, hub: HubSource, text: str) -> str:
    found = _STARTS.search(text)
    there = sorted(set(re.findall(r"-(\d+)\b", found[2])), key=int) if found else []
    known = f" Known: {', '.join(there)}." if there else ""
    return (
        f"input '{read.name}': startFrom names a partition that hub '{_name(read)}' does not have.{known}"
        f" {_NOT_WRITTEN}"
    )


def _no_source(read: Read, hub: HubSource, _: str) -> str:
    return (
        f"input '{read.name}': the Spark that runs this has no Kafka source: start it with the package"
        " org.apache.spark:spark-sql-kafka-0-10_2.13 of its own version."
    )


_TOLD = (
    (("Failed to find data source: kafka", "Failed to find the data source: kafka"), _no_source),
    (("DOES_NOT_MATCH_ASSIGNED", "you must specify all TopicPartitions"), _other_partitions),
    (("OAuthBearerLoginCallbackHandler", "retrieving access token", "The token endpoint"), _no_token),
    (("SslAuthenticationException", "SSLHandshakeException", "SSL handshake failed"), _no_tls),
    (("SaslAuthenticationException", "SaslException", "Authentication failed"), _wrong_key),
    (_DENIED, _not_allowed),
    (("UnknownTopicOrPartitionException", "UnknownTopicIdException", "InvalidTopicException"), _no_hub),
    (("Cannot fetch record for offset", "ThrottlingQuotaExceededException", "PolicyViolation"), _throttled),
    (("errors.TimeoutException", "errors.DisconnectException", "Timed out waiting for a node"), _silent),
)


def _made_anew(read: Read, before: str, now: str) -> str:
    return (
        f"input '{read.name}': hub '{_name(read)}' ends at sequence number {now}, and it was read up to"
        f" {before}: it was deleted and made anew. {_NOT_WRITTEN} Run this product once with --full-refresh."
    )
