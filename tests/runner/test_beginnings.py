"""Inputs that no longer hold what was read of them: a refresh is refused, or accepts the loss."""

from __future__ import annotations

from typing import Any

ORDERS = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: string}}
outputPorts:
  orders: {from: in, write: merge, keys: [id]}
"""
VERSIONS = """
inputPorts:
  in: {kind: product, product: shop.orders, port: orders}
outputPorts:
  versions: {from: in, write: history, keys: [id], source: snapshot}
"""


def test_what_is_gone_is_not_lost_unless_that_is_accepted(mini: Any) -> None:
    mini.product("orders", ORDERS.split("  all:", maxsplit=1)[0])
    gone = mini.land("in/1.json", {"id": "a"})
    mini.land("in/2.json", {"id": "b"})
    mini.ran("orders")
    gone.unlink()
    before = mini.version("orders/orders")
    report = mini.run("orders", full=True)
    assert report.state == "failed"
    assert "a full refresh would lose rows: input 'in' no longer holds" in report.message
    assert "1.json. Nothing was changed. Say --accept-loss" in report.message
    assert mini.version("orders/orders") == before
    mini.ran("orders", full=True, accept_loss=True)
    assert [row["id"] for row in mini.rows("orders/orders")] == ["b"]


def test_the_versions_of_snapshots_cannot_be_read_again(mini: Any) -> None:
    mini.product("orders", ORDERS)
    mini.product("versions", VERSIONS)
    mini.put("orders/orders", "select 'a' as id")
    assert mini.ran("versions", full=True).batches == 1
    report = mini.run("versions", full=True)
    assert "output 'versions' keeps the versions of snapshots that are gone" in report.message
