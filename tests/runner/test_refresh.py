"""A full refresh: the tables of the incremental runs, landed whole, whatever stops it where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from lakemesh.runner import refresh

ORDERS = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", maxPerBatch: 1, schema: {id: string, seq: bigint, v: string}}
transformations:
  told: {kind: derive, from: in, columns: {length: length(v)}}
outputPorts:
  orders:
    from: told
    write: merge
    keys: [id]
    sequenceBy: [seq]
    deleteWhen: v = 'gone'
    schema: {id: string, seq: bigint, v: string, length: int}
    quality:
      - expect_column_values_to_not_be_null: {column: v}
        onFailure: quarantine
  groups:
    from: told
    write: overwrite
    by: [id]
    sequenceBy: [seq]
    deleteWhen: v = 'gone'
    schema: {id: string, seq: bigint, v: string, length: int}
  all: {from: told, write: append, schema: {id: string, seq: bigint, v: string, length: int}}
  versions:
    from: told
    write: history
    keys: [id]
    sequenceBy: [seq]
    schema: {id: string, seq: bigint, v: string, length: int}
"""
READER = """
inputPorts:
  orders: {kind: product, product: shop.orders, port: orders, read: changes}
outputPorts:
  copy:
    from: orders
    write: merge
    keys: [id]
    sequenceBy: [_commit_version]
    deleteWhen: _change_type = 'delete'
"""
TABLES = (
    *("orders", "groups", "all", "versions"),
    *("orders__tombstones", "groups__tombstones", "orders__quarantine", "in__rejected"),
)


def order(key: str, seq: int, v: str | None) -> dict[str, Any]:
    return {"id": key, "seq": seq, "v": v}


def contents(mini: Any) -> dict[str, list[Any]]:
    """The rows of all tables, without what tells runs and batches apart."""
    hidden = ("_run", "_batch", "_at", "_source")
    return {
        table: sorted(
            repr([(name, value) for name, value in row.items() if name not in hidden])
            for row in mini.rows(f"orders/{table}")
        )
        for table in TABLES
    }


def traces(mini: Any) -> list[Path]:
    """What a refresh leaves beside the tables, and its marker."""
    left = [path for path in (mini.root / "lakehouse/shop").rglob("*__refresh-*") if path.is_dir()]
    return [*left, *(mini.root / "lakehouse/_checkpoints").rglob("landing.json")]


def filled(mini: Any) -> Any:
    mini.product("orders", ORDERS)
    mini.land("in/1.json", order("a", 1, "x"), order("b", 1, "y"), order("c", 3, "gone"), "{torn")
    mini.land("in/2.json", order("a", 2, "zz"), order("c", 2, "late"), order("d", 1, None))
    return mini.ran("orders")


def test_a_refresh_gives_the_tables_of_the_runs_and_shows_real_differences_only(mini: Any) -> None:
    filled(mini)
    mini.product("reader", READER)
    mini.ran("reader")
    before, version = contents(mini), mini.version("orders/orders")

    report = mini.ran("orders", full=True)
    assert contents(mini) == before
    assert report.batches == 2
    assert traces(mini) == []
    assert mini.ran("reader").tables == (("shop.reader.copy", 0),)
    metrics = DeltaTable(mini.table("orders/orders")).history(1)[0]["operationMetrics"]
    assert (int(metrics["numTargetRowsUpdated"]), int(metrics["numTargetRowsDeleted"])) == (0, 0)

    # The flow goes on behind what the refresh has read; what was deleted stays so.
    assert mini.ran("orders").batches == 0
    mini.land("in/3.json", order("b", 2, "w"), order("c", 2, "late"))
    assert mini.ran("orders").batches == 1
    assert mini.version("orders/orders") > version
    assert {row["id"]: row["seq"] for row in mini.rows("orders/groups")} == {"a": 2, "b": 2, "d": 1}

    # A step was wrong: what differs is told to consumers, and nothing else.
    mended = ORDERS.replace("length(v)", "length(v) % 2").replace("maxPerBatch: 1", "maxPerBatch: 9")
    mini.product("orders", mended)
    mini.ran("orders", full=True)
    assert {row["id"]: row["length"] for row in mini.rows("orders/orders")} == {"a": 0, "b": 1}
    assert mini.ran("reader").tables == (("shop.reader.copy", 2),)
    assert {row["id"]: row["length"] for row in mini.rows("reader/copy")} == {"a": 0, "b": 1}
    for row in mini.rows("reader/copy"):
        assert row["v"] == {"a": "zz", "b": "w"}[row["id"]]


@pytest.mark.parametrize("seam", ["_mark", "land_anew", "_clear"])
def test_a_refresh_that_is_stopped_leaves_nothing_or_is_landed_by_the_next_run(
    mini: Any, monkeypatch: pytest.MonkeyPatch, seam: str
) -> None:
    mini.product("orders", ORDERS.split("  groups:", maxsplit=1)[0])
    mini.land("in/1.json", order("a", 1, "x"), order("c", 3, "gone"), "{torn", order("d", 1, None))
    mini.ran("orders")
    mini.product("orders", ORDERS.split("  groups:", maxsplit=1)[0].replace("length(v)", "length(v) * 0 + 7"))
    before = contents(mini)
    with monkeypatch.context() as patched:
        real = getattr(refresh, seam)

        def stop(*args: Any) -> None:
            if seam != "_mark":
                real(*args)
            if seam != "_clear" or traces(mini):
                raise KeyboardInterrupt

        patched.setattr(refresh, seam, stop)
        with pytest.raises(KeyboardInterrupt):
            mini.run("orders", full=True)
    if seam == "_mark":
        assert contents(mini) == before
    assert mini.ran("orders").batches == 0
    assert {row["id"]: row["length"] for row in mini.rows("orders/orders")} == {
        "a": 1 if seam == "_mark" else 7
    }
    rest = contents(mini)
    assert {**rest, "orders": 0} == {**before, "orders": 0}
    assert traces(mini) == []
    mini.land("in/2.json", order("a", 2, "xyz"))
    assert mini.ran("orders").batches == 1
    assert {row["id"]: row["seq"] for row in mini.rows("orders/orders")} == {"a": 2}


def test_who_follows_replaced_rows_is_named(mini: Any) -> None:
    ports, _, outputs = ORDERS.partition("outputPorts:")
    every = outputs.partition("  all:")[2].partition("  versions:")[0]
    mini.product("orders", f"{ports}outputPorts:\n  all:{every}")
    mini.product(
        "reader",
        READER.replace("port: orders, read: changes", "port: all, read: appends").replace(
            "    sequenceBy: [_commit_version]\n    deleteWhen: _change_type = 'delete'\n",
            "    sequenceBy: [seq]\n",
        ),
    )
    mini.land("in/1.json", order("a", 1, "x"))
    mini.ran("orders")
    mini.ran("reader")
    report = mini.ran("orders", full=True)
    assert report.warnings[-1] == (
        "shop.reader follows rows that were replaced: run it with --full-refresh, too"
    )
    stopped = mini.run("reader")
    assert stopped.state == "failed"
    assert "--full-refresh" in stopped.message
    mini.ran("reader", full=True)
    assert [row["id"] for row in mini.rows("reader/copy")] == ["a"]
