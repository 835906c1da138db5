"""Several products in their order; one that fails stops only what depends on it."""

from __future__ import annotations

import shutil
from typing import Any

from lakemesh.names import ProductName

BLOB = """
inputPorts:
  in: {{kind: blob, path: "${{landing.shop}}/{folder}", schema: {{id: bigint}}}}
outputPorts:
  out: {{kind: delta, from: in, write: append, schema: {{id: {kind}}}}}
"""
TABLE = """
inputPorts:
  up: {{kind: product, product: shop.{up}, port: out}}
outputPorts:
  out: {{kind: delta, from: up, write: overwrite}}
"""


def test_order_and_what_a_failure_stops(mini: Any) -> None:
    from lakemesh.runner.all import run_products

    mini.product("a_last", TABLE.format(up="b_middle"))
    mini.product("b_middle", TABLE.format(up="z_first"))
    mini.product("z_first", BLOB.format(folder="in", kind="int"))
    mini.product("y_alone", BLOB.format(folder="in", kind="bigint"))
    mini.land("in/1.json", {"id": 1})
    reports = {report.product: report for report in run_products(mini.mesh(), None, mini.spark)}
    order = list(reports)
    assert order.index("shop.z_first") < order.index("shop.b_middle") < order.index("shop.a_last")
    assert {name: report.state for name, report in reports.items()} == {
        "shop.z_first": "failed",
        "shop.b_middle": "skipped",
        "shop.a_last": "skipped",
        "shop.y_alone": "succeeded",
    }
    assert reports["shop.b_middle"].message == "not run: it reads shop.z_first, which did not succeed."
    assert reports["shop.a_last"].message == "not run: it reads shop.b_middle, which did not succeed."
    # Asked for alone, a product runs on what its upstreams left; here there is nothing.
    shutil.rmtree(mini.table("z_first/out"))
    (alone,) = run_products(mini.mesh(), [ProductName("shop", "b_middle")], mini.spark)
    assert (alone.state, alone.error["error"]) == ("failed", "ReadFailed")  # type: ignore[index]
    assert alone.message.endswith("which has no table yet. Run it first: lakemesh run shop.z_first")
