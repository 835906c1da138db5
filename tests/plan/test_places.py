"""Locations on either platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.names import ProductName, TableName
from lakemesh.plan.places import OPS_TABLES, Place, Places, places_of
from lakemesh.spec.environment import EnvironmentSpec

LOCAL = Places(platform="local", root="/mesh", lakehouse="/mesh/lakehouse")
CLOUD = Places(platform="databricks", root="/mesh", lakehouse="/Volumes/x", catalogs={"shop": "shop_prod"})
ORDERS = TableName("shop", "orders", "out")


def test_a_local_table_is_a_folder() -> None:
    place = LOCAL.table(ORDERS)
    assert (place.name, place.location) == ("shop.orders.out", "/mesh/lakehouse/shop/orders/out")
    assert place.sql == "delta.`/mesh/lakehouse/shop/orders/out`"


def test_a_table_on_databricks_is_in_the_catalog_of_its_domain() -> None:
    assert CLOUD.table(ORDERS).sql == "`shop_prod`.`orders`.`out`"
    assert CLOUD.table(TableName("crm", "people", "out")).location == "crm.people.out"
    assert CLOUD.ops("shop", "runs").sql == "`shop_prod`.`_ops`.`runs`"


def test_a_second_major_stands_beside_the_first() -> None:
    assert LOCAL.table(ORDERS, 0).location.endswith("/out")
    second = LOCAL.table(ORDERS, 2)
    assert (second.name, second.location[-7:]) == ("shop.orders.out_v2", "/out_v2")


@pytest.mark.parametrize("sign", "[]^|\\")
def test_a_folder_that_no_table_can_lie_in(sign: str) -> None:
    environment = EnvironmentSpec.model_validate({"platform": "local", "lakehouse": "lakehouse"})
    with pytest.raises(CallError, match="no table can lie in a folder with"):
        places_of(Path(f"/a{sign}b"), environment)
    elsewhere = environment.model_copy(update={"lakehouse": "/lake"})
    assert places_of(Path(f"/a{sign}b"), elsewhere).lakehouse == "/lake"


def test_companions_stand_beside_their_table() -> None:
    beside = LOCAL.table(ORDERS).beside("__quarantine")
    assert (beside.name, beside.location) == (
        "shop.orders.out__quarantine",
        "/mesh/lakehouse/shop/orders/out__quarantine",
    )


def test_a_folder_with_a_backtick_is_quoted() -> None:
    assert Place(name="n", location="/a`b").sql == "delta.`/a``b`"


def test_what_is_kept_beside_the_tables() -> None:
    name = ProductName("shop", "orders")
    assert LOCAL.checkpoints(name, "in") == "/mesh/lakehouse/_checkpoints/shop/orders/in"
    assert LOCAL.lock(name) == "/mesh/lakehouse/_locks/shop.orders.lock"
    locations = {LOCAL.ops("shop", table).location for table in OPS_TABLES}
    assert locations == {f"/mesh/lakehouse/_ops/shop/{table}" for table in OPS_TABLES}


def test_a_prefix_keeps_developers_apart() -> None:
    name, table = ProductName("shop", "orders"), TableName("shop", "orders", "out")
    mine, theirs = (LOCAL.model_copy(update={"prefix": prefix}) for prefix in ("ann_", ""))
    assert mine.table(table).location == "/mesh/lakehouse/shop/ann_orders/out"
    assert mine.table(table).name == theirs.table(table).name == "shop.orders.out"
    for where in (lambda one: one.ops("shop", "runs").location, lambda one: one.lock(name)):
        assert where(mine) != where(theirs)
    assert mine.checkpoints(name, "in") == "/mesh/lakehouse/_checkpoints/shop/ann_orders/in"
    cloud = CLOUD.model_copy(update={"prefix": "ann_"})
    assert cloud.table(table).location == "shop_prod.ann_orders.out"
    assert cloud.ops("shop", "runs").location == "shop_prod.ann__ops.runs"


def test_a_table_is_written_once_it_has_a_log(tmp_path: Path) -> None:
    place = Place(name="a.b.c", location=str(tmp_path / "c"))
    assert not place.is_written
    (tmp_path / "c" / "_delta_log").mkdir(parents=True)
    assert place.is_written


def test_paths_of_specs() -> None:
    assert LOCAL.resolve("data/in/") == "/mesh/data/in"
    assert LOCAL.resolve("/elsewhere") == "/elsewhere"
    assert LOCAL.resolve("abfss://c@a.example.com/in/") == "abfss://c@a.example.com/in/"


def test_the_lakehouse_of_an_environment(tmp_path: Path) -> None:
    def lakehouse(said: str) -> str:
        return places_of(
            tmp_path, EnvironmentSpec.model_validate({"platform": "local", "lakehouse": said})
        ).lakehouse

    assert lakehouse("lakehouse/") == str(tmp_path / "lakehouse")
    assert lakehouse("/elsewhere") == "/elsewhere"
    assert lakehouse("s3a://bucket/x/") == "s3a://bucket/x"
