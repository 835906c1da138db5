"""One batch: its ledger, the order of its writes, its replay after it was left open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lakemesh.runner import batch as batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakemesh.observe.events import Event

Change = Callable[["DataFrame"], "DataFrame"]


def one_less(frame: DataFrame) -> DataFrame:
    return frame.where("id <> 2")


def one_twice(frame: DataFrame) -> DataFrame:
    return frame.unionByName(frame.where("id = 2"))


def product(write: str, more: str = "") -> str:
    """A product that brings `in` to `out`."""
    return f"""
inputPorts:
  in: {{kind: blob, path: "${{landing.shop}}/in", maxPerBatch: 1, schema: {{id: bigint, seq: bigint, v: string}}}}
transformations:
  kept: {{kind: filter, from: in, where: "v <> 'away' or v is null"}}
outputPorts:
  out:
    kind: delta
    from: kept
    {write}
    schema:
      - {{name: id, logicalType: integer}}
      - {{name: seq, logicalType: integer}}
      - {{name: v, logicalType: string}}
    {more}
"""


MODES = {
    "append": "write: append",
    "merge": "write: merge\n    keys: [id]\n    sequenceBy: [seq]",
}


def sabotage(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Change what is written between check and commit."""
    real = batches.write

    def altered(frame: DataFrame, *rest: Any) -> Any:
        return real(change(frame), *rest)

    monkeypatch.setattr(batches, "write", altered)


@pytest.mark.parametrize("change", [one_less, one_twice])
@pytest.mark.parametrize("mode", MODES)
def test_a_row_lost_or_doubled_between_check_and_commit(
    mini: Any, monkeypatch: pytest.MonkeyPatch, mode: str, change: Change
) -> None:
    mini.product("orders", product(MODES[mode]))
    mini.land("in/1.json", *({"id": n, "seq": n, "v": "a"} for n in range(4)))
    mini.ran("orders")
    mini.land("in/2.json", *({"id": n, "seq": n + 1, "v": "b"} for n in range(1, 6)))
    sabotage(monkeypatch, change)
    report = mini.run("orders")
    assert report.state == "failed"
    assert report.error is not None
    kind, message = report.error["error"], report.message
    assert kind == "LedgerUnbalanced" or (mode == "merge" and change is one_twice)
    assert message.startswith("shop.orders, flow 'in', batch 1: ")
    assert mini.states() == [(0, "open"), (0, "done"), (1, "open")]
