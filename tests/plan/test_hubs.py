"""Where a hub is read from, and where its first run begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lakemesh.plan.hubs import address_of, begun, hub_source
from lakemesh.spec.environment import EnvironmentSpec
from lakemesh.spec.inputs import EventHub

PORT = EventHub.model_validate({"kind": "eventhub", "hub": "orders", "schema": {"a": "bigint"}})


def mesh(platform: str = "local", **said: Any) -> Any:
    hubs = {"shop": {"transport": "kafka", "credential": {"secret": "shop/hub"}, **said}}
    said = {"platform": platform, "lakehouse": "lakehouse", "hubs": hubs}
    return SimpleNamespace(environment=EnvironmentSpec.model_validate(said))


@pytest.mark.parametrize(
    ("namespace", "address"),
    [
        ("evhns-shop", "evhns-shop.servicebus.windows.net:9093"),
        ("shop.servicebus.chinacloudapi.cn", "shop.servicebus.chinacloudapi.cn:9093"),
        ("hub.example.com:443", "hub.example.com:443"),
        ("localhost:9092", "localhost:9092"),
        ("[::1]", "[::1]:9093"),
        ("[::1]:9092", "[::1]:9092"),
    ],
)
def test_addresses(namespace: str, address: str) -> None:
    assert address_of(namespace) == address


def test_a_hub_is_read_where_its_domain_says() -> None:
    found = hub_source(mesh("databricks", namespace="evhns-shop"), "shop")
    assert found is not None
    assert (found.address, found.platform) == ("evhns-shop.servicebus.windows.net:9093", "databricks")
    assert found.credential.secret == "shop/hub"
    unsaid = hub_source(mesh(), "shop")
    assert unsaid is not None
    assert unsaid.address is None, "the connection string says it"
    assert hub_source(mesh(), "crm") is None
    assert hub_source(mesh(transport="capture", path="capture"), "shop") is None
    assert hub_source(mesh(credential=None), "shop") is None


def test_an_environment_may_say_where_first_runs_begin() -> None:
    assert begun(mesh(), "shop", PORT).start_from == "earliest"
    assert begun(mesh(startingPosition="latest"), "shop", PORT).start_from == "latest"
    assert begun(mesh(startingPosition="latest"), "crm", PORT).start_from == "earliest"
