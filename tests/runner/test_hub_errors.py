"""The errors of a hub in the words of Event Hubs, from what Spark and Kafka say."""

from __future__ import annotations

from typing import Any

import pytest

from lakemesh.errors import EventsLost, ReadFailed
from lakemesh.plan.stages import Flow, HubSource, Read
from lakemesh.runner.hub_errors import hub_error, no_route
from lakemesh.spec.inputs import EventHub

PORT = EventHub.model_validate({"kind": "eventhub", "hub": "orders", "schema": {"a": "bigint"}})
ERRORS = "org.apache.kafka.common.errors"
APP = {"entra": {"tenant": "t-1", "clientId": "app-1", "secret": "shop/app"}}


def flow(credential: Any = None, address: str | None = "shop.example.com:9093") -> Flow:
    source = HubSource.model_validate(
        {"address": address, "credential": credential or {"secret": "shop/hub"}}
    )
    read = Read(name="events", mode="batch", port=PORT, hub=source)
    return Flow(name="events", input="events", reads=(read,), steps=(), outputs=())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{ERRORS}.SaslAuthenticationException: Authentication failed: Invalid username or password",
            "namespace shop.example.com:9093 does not accept the connection string of secret 'shop/hub':"
            " copy it again from a shared access policy with the right Listen",
        ),
        (
            f"{ERRORS}.TopicAuthorizationException: Not authorized to access topics: [orders]",
            "the connection string of secret 'shop/hub' may not read hub 'orders' of namespace",
        ),
        (
            f"{ERRORS}.UnknownTopicOrPartitionException: This server does not host this topic-partition.",
            "there is no hub 'orders' in namespace shop.example.com:9093: create it",
        ),
        (
            f"{ERRORS}.TimeoutException: Timed out waiting for a node assignment. Call: describeTopics",
            "shop.example.com:9093 does not answer. See that the namespace is right, that port 9093 is open",
        ),
        (
            "java.util.concurrent.TimeoutException: Cannot fetch record for offset 7 in 120000 milliseconds"
            " at org.apache.spark.sql.kafka010.consumer.InternalKafkaConsumer.fetch",
            "gave no events of hub 'orders' in time: most likely it holds them back",
        ),
        (
            f"{ERRORS}.SslAuthenticationException: SSL handshake failed",
            "no encrypted line to namespace shop.example.com:9093",
        ),
        (
            "[KAFKA_START_OFFSET_DOES_NOT_MATCH_ASSIGNED] Partitions specified for Kafka start offsets don't"
            " match what are assigned. Specified: Set(orders-9) Assigned: Set(orders-0, orders-1)",
            "startFrom names a partition that hub 'orders' does not have. Known: 0, 1.",
        ),
        (
            "[KAFKA_DATA_LOSS.PARTITION_OFFSET_CHANGED] Partition orders-0 offset was changed from 9 to 2.",
            "hub 'orders' ends at sequence number 2, and it was read up to 9: it was deleted and made anew.",
        ),
        (
            "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: kafka. Make sure",
            "the Spark that runs this has no Kafka source",
        ),
    ],
)
def test_what_is_told(text: str, told: str) -> None:
    error = hub_error(text, flow())
    assert type(error) is ReadFailed
    assert error.message.startswith("input 'events': ")
    assert told in error.message


def test_an_application_without_a_token() -> None:
    text = (
        "org.apache.kafka.common.KafkaException: SaslException: retrieving access token from the token"
        ' endpoint: {"error":"invalid_client","error_description":"AADSTS7000215"}'
    )
    error = hub_error(text, flow(APP))
    assert error is not None
    assert (
        "Microsoft Entra ID gives the application app-1 (secret 'shop/app') no token (invalid_client)"
        in error.message
    )


def test_lost_events_are_of_their_own_kind() -> None:
    text = "[KAFKA_DATA_LOSS.COULD_NOT_READ_OFFSET_RANGE] Could not read records in offset [0, 5)"
    assert type(hub_error(text, flow())) is EventsLost


def test_other_errors_and_other_inputs_are_not_a_hubs() -> None:
    assert hub_error("java.util.concurrent.TimeoutException", flow()) is None
    assert hub_error("org.apache.kafka.Whatever", flow()) is None
    slow = "KafkaV2[Subscribe[orders]] java.util.concurrent.TimeoutException: Futures timed out"
    assert hub_error(slow, flow()) is None
    capture = flow().model_copy(update={"reads": (Read(name="events", mode="batch", port=PORT),)})
    assert hub_error(f"{ERRORS}.TimeoutException", capture) is None
    assert hub_error(f"{ERRORS}.TimeoutException", None) is None


def test_no_route_says_why() -> None:
    read = flow().reads[0]
    assert no_route(read, "shop.example.com:9093", "connection refused").startswith(
        "input 'events': shop.example.com:9093 does not answer: connection refused. See that"
    )
