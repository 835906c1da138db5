from __future__ import annotations

from pathlib import Path

from lakemesh.names import ProductName, TableName
from lakemesh.plan.places import places_of
from lakemesh.spec.environment import EnvironmentSpec

ORDERS = TableName("checkout", "orders", "orders")
LOCAL = EnvironmentSpec.model_validate({"platform": "local", "lakehouse": "lakehouse"})
CLOUD = EnvironmentSpec.model_validate(
    {"platform": "databricks", "lakehouse": "abfss://x@y/", "catalogs": {"checkout": "checkout_prod"}}
)


def test_local_tables_are_folders(tmp_path: Path) -> None:
    place = places_of(tmp_path, LOCAL).table(ORDERS)
    assert place.location == f"{tmp_path.resolve()}/lakehouse/checkout/orders/orders"
    assert place.name == "checkout.orders.orders"
    assert place.sql == f"delta.`{place.location}`"
    beside = place.beside("__quarantine")
    assert (beside.name, beside.location) == (f"{place.name}__quarantine", f"{place.location}__quarantine")


def test_tables_of_the_platform_are_in_a_catalog(tmp_path: Path) -> None:
    place = places_of(tmp_path, CLOUD).table(ORDERS, major=2)
    assert place.sql == "`checkout_prod`.`orders`.`orders_v2`"
    assert places_of(tmp_path, CLOUD).ops("checkout", "runs").location == "checkout_prod._ops.runs"


def test_what_stands_beside_the_tables(tmp_path: Path) -> None:
    places = places_of(tmp_path, LOCAL)
    name = ProductName("checkout", "orders")
    assert places.ops("checkout", "runs").location == f"{places.lakehouse}/_ops/checkout/runs"
    assert places.checkpoints(name, "events") == f"{places.lakehouse}/_checkpoints/checkout/orders/events"
    assert places.lock(name) == f"{places.lakehouse}/_locks/checkout.orders.lock"


def test_paths_are_the_meshs_unless_they_have_a_scheme(tmp_path: Path) -> None:
    places = places_of(tmp_path, LOCAL)
    assert places.resolve("data/in/") == f"{tmp_path.resolve()}/data/in"
    assert places.resolve("abfss://a@b/c/") == "abfss://a@b/c/"
