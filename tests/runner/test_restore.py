"""A run undone: tables and checkpoints are where it began, and the next run goes on from there."""

from __future__ import annotations

from typing import Any

import pytest

from lakemesh.errors import CallError, RunError
from lakemesh.names import ProductName
from lakemesh.runner.restore import Restored, restore_product

NAME = ProductName("shop", "orders")
BODY = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/in", maxPerBatch: 1, schema: {id: bigint, at: timestamp}}
outputPorts:
  all: {from: in, write: append}
  newest:
    from: in
    write: merge
    keys: [id]
    sequenceBy: [at]
"""
AT = "2026-01-0{}T00:00:00Z"


def restore(mini: Any, run_id: str) -> Restored:
    return restore_product(mini.mesh(), NAME, run_id, mini.spark)


def ids(mini: Any, table: str) -> list[int]:
    return sorted(row["id"] for row in mini.rows(f"orders/{table}"))


def test_the_next_run_goes_on_from_there(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Spark compacts its log of files at every tenth batch; here at every third.
    monkeypatch.setattr("lakemesh.runner.checkpoints._COMPACT_EVERY", 3)
    every = "spark.sql.streaming.fileSource.log.compactInterval"
    mini.spark.conf.set(every, 3)
    try:
        _go_back_and_on(mini)
    finally:
        mini.spark.conf.unset(every)


def _go_back_and_on(mini: Any) -> None:
    mini.product("orders", BODY)
    for number in range(4):
        mini.land(f"in/{number}.json", {"id": number, "at": AT.format(1)})
    first = mini.ran("orders")
    mini.land("in/x.json", {"id": 3, "at": AT.format(2)}, "{torn")
    second = mini.ran("orders")
    mini.land("in/y.json", {"id": 99, "at": AT.format(3)})
    mini.ran("orders")

    done = restore(mini, second.run_id)
    assert ids(mini, "all") == ids(mini, "newest") == list(range(4))
    assert {name.rsplit(".")[-1]: back is None for name, _, back in done.tables} == {
        "all": False,
        "newest": False,
        "in__rejected": True,
    }
    assert mini.rows("orders/in__rejected") == []
    restore(mini, second.run_id)
    assert ids(mini, "all") == list(range(4)), "a second time nothing changes"

    again = mini.ran("orders")
    assert again.batches == 2
    assert ids(mini, "all") == sorted([*range(4), 3, 99])
    assert ids(mini, "newest") == [*range(4), 99]
    assert len(mini.rows("orders/in__rejected")) == 1

    restore(mini, first.run_id)
    assert ids(mini, "all") == ids(mini, "newest") == []
    mini.product("orders", BODY.replace("maxPerBatch: 1", "maxPerBatch: 9"))
    assert mini.ran("orders").batches == 1, "all files are new again"
    assert ids(mini, "all") == sorted([*range(4), 3, 99])


def test_what_cannot_be_undone_is_left_as_it_is(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mini.product(
        "orders",
        "inputPorts:\n  in: {kind: product, product: shop.src, port: out}\n"
        "outputPorts:\n  out: {from: in, write: overwrite}\n",
    )
    mini.product(
        "src",
        'inputPorts:\n  in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint}}\n'
        "outputPorts:\n  out: {from: in, write: append}\n",
    )
    mini.put("src/out", "select 1L as id")
    first, second = mini.ran("orders"), mini.ran("orders")
    with pytest.raises(CallError, match=f"no run 'x'. Known: {second.run_id}, {first.run_id}"):
        restore(mini, "x")
    before = mini.version("orders/out")
    monkeypatch.setattr("lakemesh.runner.restore.can_go_back", lambda *_: False)
    with pytest.raises(RunError, match="cannot go back to version 1: its files were vacuumed"):
        restore(mini, second.run_id)
    assert mini.version("orders/out") == before

    monkeypatch.undo()
    monkeypatch.setattr("lakemesh.runner.restore.go_back", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(mini, second.run_id)
    refused = mini.run("orders")
    assert (
        f"a restore was cut short: end it first, with lakemesh restore shop.orders --run {second.run_id}"
        in (refused.message)
    )
    monkeypatch.undo()
    restore(mini, second.run_id)
    mini.ran("orders")
    assert ids(mini, "out") == [1]
