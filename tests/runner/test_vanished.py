"""A table that somebody removed: its flow does not go on as if nothing had been in it."""

from __future__ import annotations

import shutil
from typing import Any

ORDERS = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string}}
outputPorts:
  orders: {from: in, write: merge, keys: [id], schema: {id: string}}
"""
MORE = "  all: {from: in, write: append, schema: {id: string}}\n"


def test_what_a_table_held_is_not_lost_in_silence(mini: Any) -> None:
    mini.product("orders", ORDERS)
    mini.land("in/1.json", {"id": "a"})
    mini.ran("orders")
    mini.product("orders", ORDERS + MORE)
    mini.land("in/2.json", {"id": "b"})
    mini.ran("orders")
    assert [row["id"] for row in mini.rows("orders/all")] == ["b"]

    shutil.rmtree(mini.table("orders/orders"))
    mini.land("in/3.json", {"id": "c"})
    for _ in range(2):
        report = mini.run("orders")
        assert report.state == "failed"
        assert "the table shop.orders.orders is gone" in report.message
        assert "lakemesh run shop.orders --full-refresh" in report.message
    assert [row["id"] for row in mini.rows("orders/all")] == ["b"]
    mini.ran("orders", full=True)
    assert sorted(row["id"] for row in mini.rows("orders/orders")) == ["a", "b", "c"]


VERSIONS = """
inputPorts:
  in: {kind: product, product: shop.orders, port: orders}
outputPorts:
  versions: {from: in, write: history, keys: [id], source: snapshot}
  now: {from: in, write: overwrite}
"""


def test_a_snapshot_is_taken_again_and_its_history_is_not(mini: Any) -> None:
    mini.product("orders", ORDERS)
    mini.product("versions", VERSIONS)
    mini.put("orders/orders", "select 'a' as id")
    mini.ran("versions")
    shutil.rmtree(mini.table("versions/now"))
    mini.ran("versions")
    assert [row["id"] for row in mini.rows("versions/now")] == ["a"]
    shutil.rmtree(mini.table("versions/versions"))
    assert "the table shop.versions.versions is gone" in mini.run("versions").message
