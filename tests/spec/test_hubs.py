"""Where hubs are: what an environment may say of them, and that a pasted secret is not repeated."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from lakemesh.spec.hubs import HubPlace

SECRET = {"secret": "shop/hub"}
ENTRA = {"entra": {"tenant": "t-1", "clientId": "app-1", "secret": "shop/app"}}


def place(**said: Any) -> HubPlace:
    return HubPlace.model_validate({"transport": "kafka", "namespace": "evhns-shop", **said})


@pytest.mark.parametrize(
    ("credential", "references"),
    [(SECRET, ("shop/hub",)), (ENTRA, ("shop/app",)), ({"serviceCredential": "hub_reader"}, ())],
)
def test_a_credential_names_its_secrets(credential: Any, references: tuple[str, ...]) -> None:
    said = place(credential=credential).credential
    assert said is not None
    assert said.references == references


@pytest.mark.parametrize(
    "namespace",
    ["evhns-shop", "shop.servicebus.windows.net", "shop.servicebus.windows.net:9093", "[::1]:9093"],
)
def test_namespaces(namespace: str) -> None:
    assert place(namespace=namespace).namespace == namespace


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"credential": {}}, "one of secret, entra, serviceCredential"),
        ({"credential": {**SECRET, **ENTRA}}, "one of secret, entra, serviceCredential"),
        ({"namespace": "sb://shop.servicebus.windows.net/"}, "name of an Event Hubs namespace"),
        ({"tls": False}, "in the clear"),
        ({"tls": False, "namespace": "localhost.example.com:9092"}, "in the clear"),
        ({"startingPosition": "newest"}, "latest"),
    ],
)
def test_places_that_are_none(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        place(**said)


@pytest.mark.parametrize("namespace", ["localhost:9092", "127.0.0.1:9092", "[::1]:9092"])
def test_a_broker_of_this_machine_needs_no_tls(namespace: str) -> None:
    assert not place(namespace=namespace, tls=False).tls


def test_a_pasted_secret_is_not_told_again() -> None:
    pasted = "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=aGlkZGVu"
    for credential in (pasted, {"secret": pasted}):
        with pytest.raises(ValidationError) as caught:
            place(credential=credential)
        told = [error["msg"] for error in caught.value.errors()]
        assert "aGlkZGVu" not in " ".join(told)
