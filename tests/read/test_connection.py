"""Connection strings, and the options made of credentials, those for Databricks included."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from lakemesh.errors import ReadFailed, SecretMissing
from lakemesh.plan.stages import HubSource, Read
from lakemesh.read.connection import address_of, parse_connection, sign_in_options
from lakemesh.run import Secrets
from lakemesh.runner.jars import find_jars, jars_folder, wanted_jars
from lakemesh.spec.inputs import EventHub

ROOT = Path(__file__).parents[2]
KEY = "a2V5IG9mIG5vYm9keQ=="
WHOLE = f"Endpoint=sb://evhns-shop.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey={KEY}"
ADDRESS = "evhns-shop.servicebus.windows.net:9093"
PORT = EventHub.model_validate({"kind": "eventhub", "hub": "orders", "schema": {"a": "bigint"}})
READ = Read(name="events", mode="batch", port=PORT)
BY_SECRET = {"secret": "shop/hub"}
BY_APP = {"entra": {"tenant": "t-1", "clientId": "app-1", "secret": "shop/app"}}


def hub(credential: Any = BY_SECRET, address: str | None = ADDRESS, **said: Any) -> HubSource:
    return HubSource.model_validate({"address": address, "credential": credential, **said})


def options(source: HubSource, **secrets: str) -> dict[str, str]:
    given = {f"shop/{name}": value for name, value in secrets.items()}
    return sign_in_options(READ, source, Secrets(given))


def test_a_connection_string_is_a_password_of_sasl_plain() -> None:
    made = options(hub(), hub=WHOLE)
    assert made == {
        "kafka.bootstrap.servers": ADDRESS,
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "PLAIN",
        "kafka.sasl.jaas.config": (
            "org.apache.kafka.common.security.plain.PlainLoginModule required"
            f' username="$ConnectionString" password="{WHOLE}";'
        ),
    }


def test_databricks_has_kafka_under_another_name() -> None:
    jaas = options(hub(platform="databricks"), hub=WHOLE)["kafka.sasl.jaas.config"]
    assert jaas.startswith("kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule required ")


def test_a_broker_of_this_machine_is_spoken_to_in_the_clear() -> None:
    local = hub(address="127.0.0.1:9092", tls=False)
    made = options(local, hub=WHOLE.replace("evhns-shop.servicebus.windows.net", "localhost"))
    assert made["kafka.security.protocol"] == "SASL_PLAINTEXT"


@pytest.mark.parametrize(
    ("platform", "shade", "older"), [("local", "", ""), ("databricks", "kafkashaded.", ".secured")]
)
def test_an_application_of_entra_id_asks_for_a_token(platform: str, shade: str, older: str) -> None:
    made = options(hub(BY_APP, platform=platform), app='se"cret\\')
    oauth = f"{shade}org.apache.kafka.common.security.oauthbearer"
    assert made == {
        "kafka.bootstrap.servers": ADDRESS,
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "OAUTHBEARER",
        "kafka.sasl.jaas.config": (
            f'{oauth}.OAuthBearerLoginModule required clientId="app-1" clientSecret="se\\"cret\\\\"'
            ' scope="https://evhns-shop.servicebus.windows.net/.default";'
        ),
        "kafka.sasl.oauthbearer.token.endpoint.url": (
            "https://login.microsoftonline.com/t-1/oauth2/v2.0/token"
        ),
        "kafka.sasl.login.callback.handler.class": f"{oauth}{older}.OAuthBearerLoginCallbackHandler",
    }


def test_a_service_credential_is_databricks_own_affair() -> None:
    assert options(hub({"serviceCredential": "hub_reader"}, platform="databricks")) == {
        "kafka.bootstrap.servers": ADDRESS,
        "databricks.serviceCredential": "hub_reader",
    }


def test_the_connection_string_may_say_the_namespace() -> None:
    assert address_of(READ, hub(address=None), Secrets({"shop/hub": WHOLE})) == ADDRESS
    ported = WHOLE.replace("windows.net/", "windows.net:444/")
    assert address_of(READ, hub(address=None), Secrets({"shop/hub": ported})).endswith(":444")


@pytest.mark.parametrize("entity", ["", ";EntityPath=orders", ";EntityPath=ORDERS;"])
def test_one_for_the_hub_or_for_the_whole_namespace_will_do(entity: str) -> None:
    assert options(hub(), hub=WHOLE + entity)["kafka.bootstrap.servers"] == ADDRESS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{WHOLE};EntityPath=carts",
            "input 'events' reads hub 'orders', and the connection string of secret 'shop/hub' is for hub"
            " 'carts' (EntityPath): store one of hub 'orders', or one of the whole namespace, which has no"
            " EntityPath.",
        ),
        (
            WHOLE.replace("evhns-shop", "evhns-cart"),
            "input 'events' reads from namespace evhns-shop.servicebus.windows.net, and the connection string"
            " of secret 'shop/hub' is for evhns-cart.servicebus.windows.net (Endpoint): store one of that"
            " namespace, or mend namespace under hubs in the environment.",
        ),
        (
            f"SharedAccessKey={KEY}",
            "the secret 'shop/hub' is no connection string of Event Hubs: it has no Endpoint,"
            " SharedAccessKeyName. It is of the form Endpoint=sb://NAMESPACE.servicebus.windows.net/;"
            "SharedAccessKeyName=...;SharedAccessKey=...",
        ),
        (KEY, "it has no Endpoint, SharedAccessKeyName, SharedAccessKey."),
        (WHOLE.replace("sb://", "https://"), "its Endpoint does not begin with sb://"),
        (
            f"Endpoint=sb://x/;SharedAccessSignature=SharedAccessSignature sr={KEY}",
            "holds a shared access signature, which the Kafka endpoint of Event Hubs does not take",
        ),
    ],
)
def test_what_is_wrong_with_a_secret_is_told_without_it(text: str, told: str) -> None:
    with pytest.raises(ReadFailed) as caught:
        options(hub(), hub=text)
    assert told in str(caught.value)
    assert KEY not in str(caught.value)


def test_who_cannot_sign_in() -> None:
    with pytest.raises(SecretMissing, match="SHOP_HUB"):
        options(hub())
    with pytest.raises(ReadFailed, match="no namespace"):
        options(hub(BY_APP, address=None), app="x")


def test_a_connection_never_shows_its_key() -> None:
    assert KEY not in repr(parse_connection(WHOLE, "shop/hub"))


def test_the_classes_that_kafka_is_told_of_are_there() -> None:
    found = find_jars(jars_folder(ROOT), wanted_jars(kafka=True))
    assert found is not None, "make test fetches them: python -m tests.broker"
    (client,) = (path for path in found if path.name.startswith("kafka-clients"))
    names = set(zipfile.ZipFile(client).namelist())
    plain, bearer = options(hub(), hub=WHOLE), options(hub(BY_APP), app="x")
    told = [said["kafka.sasl.jaas.config"].split()[0] for said in (plain, bearer)]
    for name in (*told, bearer["kafka.sasl.login.callback.handler.class"]):
        assert f"{name.replace('.', '/')}.class" in names
