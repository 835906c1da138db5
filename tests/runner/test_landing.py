"""What a batch leaves in tables, and in which order."""

from __future__ import annotations

from typing import Any

from deltalake import DeltaTable

TWO = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}
outputPorts:
  out:
    from: in
    write: append
    quality:
      - expect_column_values_to_not_be_null: {column: v}
        onFailure: quarantine
  more: {from: in, write: append}
"""


def test_what_is_set_aside_comes_before_the_first_of_two_outputs(mini: Any) -> None:
    mini.product("orders", TWO)
    mini.land("in/1.json", {"id": 1, "v": "a"}, {"id": 9}, "{broken")
    report = mini.ran("orders")
    tables = ("in__rejected", "out__quarantine", "out", "more")
    made = [DeltaTable(mini.table(f"orders/{table}")).history(1)[0]["timestamp"] for table in tables]
    assert made == sorted(made)
    assert report.tables == (("shop.orders.out", 1), ("shop.orders.more", 2))
