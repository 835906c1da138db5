"""Events are numbered in the order of their arrival, and folders are those of the environment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakemesh.demo.calendar import OPENING
from lakemesh.demo.post import PORTS, Delivery
from lakemesh.demo.sources import Sources, folders_of
from lakemesh.errors import CallError
from lakemesh.spec.environment import EnvironmentSpec

LOCAL: dict[str, Any] = {
    "platform": "local",
    "lakehouse": "lakehouse",
    "landing": {"checkout": "in/checkout", "cart": "in/cart"},
    "hubs": {
        "checkout": {"transport": "capture", "path": "hub", "namespace": "ns"},
        "cart": {"transport": "capture", "path": "hub"},
    },
}


def test_events_are_numbered_as_they_arrive(tmp_path: Path) -> None:
    placed: list[dict[str, Any]] = []
    sources = Sources({port: tmp_path / port for port in PORTS}, 1, placed.append)
    for hours in (3, 1, 2):
        at = OPENING + dt.timedelta(hours=hours)
        sources.send(Delivery("cart_events", 1, at, b"{}"), 0, {"hours": hours})
    sources.settle(OPENING + dt.timedelta(hours=2, minutes=1))
    assert [row["hours"] for row in placed] == [1, 2]
    sources.close()
    assert [(row["hours"], row["sequence_number"], row["hub_partition"]) for row in placed] == [
        (1, 0, "0"),
        (2, 1, "0"),
        (3, 2, "0"),
    ]


def test_events_of_earlier_waves_are_numbered_and_not_written_again(tmp_path: Path) -> None:
    placed: list[dict[str, Any]] = []
    sources = Sources({port: tmp_path / port for port in PORTS}, 2, placed.append)
    sources.send(Delivery("cart_events", 1, OPENING, b"{}"), 0, {})
    sources.close()
    assert len(placed) == 1
    assert not list(tmp_path.rglob("*.avro"))


def test_folders_are_those_of_the_environment() -> None:
    folders = folders_of(Path("/mesh"), EnvironmentSpec.model_validate(LOCAL))
    assert folders == {
        "order_events": Path("/mesh/hub/ns/checkout-orders"),
        "order_exports": Path("/mesh/in/checkout/orders"),
        "cart_events": Path("/mesh/hub/evhns-example-cart/cart-activity"),
        "cart_exports": Path("/mesh/in/cart/carts"),
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("landing", {"checkout": "abfss://landing@example.dfs.core.windows.net"}),
        ("hubs", {"checkout": {"transport": "kafka", "namespace": "ns"}}),
    ],
)
def test_an_environment_without_folders_is_refused(key: str, value: dict[str, Any]) -> None:
    environment = EnvironmentSpec.model_validate({**LOCAL, key: {**LOCAL[key], **value}})
    with pytest.raises(CallError, match="'checkout' needs a landing folder"):
        folders_of(Path("/mesh"), environment)
