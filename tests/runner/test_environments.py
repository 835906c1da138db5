"""A dev environment of one's own: products that it has not run are read from another one, and said to be."""

from __future__ import annotations

from typing import Any

from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.runner.product import run_product
from lakemesh.spec.loader import load_mesh

DEV = """platform: local
lakehouse: lakehouse
landing: {shop: data}
schemaPrefix: ann_
readFrom: local
"""
ORDERS = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint}}
outputPorts:
  out: {from: in, write: append}
  seen: {kind: view, sql: select id from out}
"""
READER = """
inputPorts:
  orders: {kind: product, product: shop.orders, port: PORT}
outputPorts:
  copy: {from: orders, write: overwrite}
"""


def run(mini: Any, name: str) -> Any:
    report = run_product(load_mesh(mini.root, "dev").require(), ProductName("shop", name), mini.spark)
    assert report.state == "succeeded", report.message
    return report


def test_what_has_not_run_in_dev_is_read_from_the_other_environment(mini: Any) -> None:
    mini.write("conf/environments/dev.yml", DEV)
    mini.product("orders", ORDERS)
    mini.product("reader", READER.replace("PORT", "seen"))
    mini.land("in/1.json", {"id": 1})
    mini.ran("orders")
    assert run(mini, "reader").warnings == ("input 'orders' was read from the environment 'local'",)
    assert mini.rows("ann_reader/copy") == [{"id": 1}]
    assert not mini.table("reader").exists()
    plan = compile_plan(load_mesh(mini.root, "dev").require(), ProductName("shop", "reader"))
    assert plan.flows[0].reads[0].environment == "local"
    assert plan.notes == (
        "input 'orders' is read from the environment 'local', since it has not run in this one",
    )

    mini.land("in/2.json", {"id": 2})
    run(mini, "orders")
    assert len(mini.rows("orders/out")) == 1
    assert run(mini, "reader").warnings == ()
    assert sorted(row["id"] for row in mini.rows("ann_reader/copy")) == [1, 2]
