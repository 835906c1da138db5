"""Outputs whose groups are made anew behind each batch: the answer of the whole, whatever came when."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.servers import FEW

from lakemesh.runner import batch as batches

SALES = """
inputPorts:
  in:
    kind: blob
    path: "${landing.shop}/in"
    maxPerBatch: 1
    schema: {id: string, seq: bigint, day: date, region: string, amount: bigint}
  names: {kind: product, product: shop.names, port: names}
transformations:
  sold: {kind: filter, from: in, where: amount >= 0}
  daily:
    sql: |
      select day, region, first(n.name) as name, count(*) as orders, sum(amount) as amount
      from sold left join names n using (region) group by day, region
  ranked:
    kind: window
    from: sold
    partitionBy: [day]
    orderBy: [amount desc, id]
    columns: {place: row_number()}
outputPorts:
  per_day: {from: daily, write: merge, keys: [day, region], recompute: [day]}
  orders:
    from: sold
    write: merge
    keys: [id]
    sequenceBy: [seq]
    deleteWhen: region = 'void'
    quality:
      - expect_column_values_to_not_be_null: {column: region}
        onFailure: quarantine
  places: {from: ranked, write: overwrite, recompute: [day]}
"""
NAMES = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/names", schema: {region: string, name: string}}
outputPorts:
  names: {from: in, write: append}
"""
FIRST = [
    ("a", 1, 1, "n", 5),
    ("b", 1, 1, "s", 7),
    ("c", 1, 2, "n", 1),
    ("d", 1, 2, "n", 2),
    ("e", 1, 3, "n", 9),
]
# a moves to another day, c is deleted, an older d comes late, f is new on a day of old, g has no day.
SECOND = [
    ("a", 2, 2, "n", 6),
    ("c", 2, 2, "void", 0),
    ("d", 0, 3, "s", 4),
    ("f", 1, 1, "s", 1),
    ("g", 1, 0, "n", 3),
]


def sale(key: str, seq: int, day: int, region: str | None, amount: int) -> dict[str, Any]:
    said = f"2026-01-{day:02}" if day else None
    return {"id": key, "seq": seq, "day": said, "region": region, "amount": amount}


def day(number: int) -> dt.date:
    return dt.date(2026, 1, number)


def model(orders: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """What the two outputs hold, from the orders as they stand."""
    groups: dict[Any, list[int]] = defaultdict(list)
    places: dict[Any, list[Any]] = defaultdict(list)
    for one in orders:
        if one["day"]:
            groups[one["day"], one["region"]].append(one["amount"])
            places[one["day"]].append((-one["amount"], one["id"]))
    sums = [(*group, len(all_), sum(all_)) for group, all_ in groups.items()]
    ranks = [(when, key, n) for when, all_ in places.items() for n, (_, key) in enumerate(sorted(all_), 1)]
    return sorted(sums), sorted(ranks)


def held(mini: Any) -> tuple[list[Any], list[Any]]:
    sums = [(row["day"], row["region"], row["orders"], row["amount"]) for row in mini.rows("sales/per_day")]
    return sorted(sums), sorted((row["day"], row["id"], row["place"]) for row in mini.rows("sales/places"))


def changes(mini: Any, version: int) -> list[tuple[str, Any, str]]:
    feed = mini.spark.read.format("delta").option("readChangeFeed", "true")
    feed = feed.option("startingVersion", version).option("endingVersion", version)
    rows = feed.load(str(mini.table("sales/per_day"))).collect()
    return sorted((row["_change_type"], row["day"], row["region"]) for row in rows)


def test_the_groups_of_a_batch_are_made_of_whole_rows(mini: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mini.put("names/names", "select 'n' as region, 'North' as name")
    mini.product("names", NAMES)
    mini.product("sales", SALES)
    mini.land("in/1.json", *(sale(*one) for one in FIRST))
    mini.ran("sales")
    assert held(mini) == model(mini.rows("sales/orders"))
    untouched = mini.version("sales/places")

    # Killed behind the orders, then behind the groups: the batch is played again, and nothing comes twice.
    mini.land("in/2.json", *(sale(*one) for one in SECOND))
    with monkeypatch.context() as patched:
        patched.setattr(batches, "open_groups", stop)
        assert "the end" in mini.run("sales").message
    assert mini.version("sales/places") == untouched
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_record", stop)
        assert "the end" in mini.run("sales").message
    stood = mini.version("sales/per_day"), mini.version("sales/places")
    mini.ran("sales")
    assert (mini.version("sales/per_day"), mini.version("sales/places")) == stood
    assert held(mini) == model(mini.rows("sales/orders"))
    assert sorted(row["id"] for row in mini.rows("sales/orders")) == ["a", "b", "d", "e", "f", "g"]

    # What did not differ was not touched: of day 3, and of (2, s) nothing is told.
    assert changes(mini, stood[0]) == [
        ("delete", day(1), "n"),
        ("update_postimage", day(1), "s"),
        ("update_postimage", day(2), "n"),
        ("update_preimage", day(1), "s"),
        ("update_preimage", day(2), "n"),
    ]
    assert [row["id"] for row in mini.rows("sales/places__quarantine")] == ["g"]

    # A refresh gives the same, of which no consumer hears, and the flow goes on behind it.
    before = held(mini)
    mini.ran("sales", full=True)
    assert held(mini) == before
    assert changes(mini, mini.version("sales/per_day")) == []
    mini.land("in/3.json", sale("b", 2, 3, "s", 7), sale("h", 1, 4, None, 1))
    report = mini.ran("sales")
    assert held(mini) == model(mini.rows("sales/orders"))
    assert {entry.name: entry.stale for entry in report.entries if entry.kind == "output"}["per_day"] == 1


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.xdist_group("connect")
def test_over_connect_the_groups_are_the_same(cold_mini: Any, connect_address: str) -> None:
    cold_mini.elsewhere(remote=connect_address, settings=FEW)
    body = SALES.replace("  names: {kind: product, product: shop.names, port: names}\n", "")
    body = body.replace("first(n.name) as name, ", "").replace("left join names n using (region) ", "")
    cold_mini.product("sales", body)
    for number, rows in enumerate((FIRST, SECOND)):
        file = cold_mini.land(f"in/{number}.json", *(sale(*one) for one in rows))
        os.utime(file, (number + 1, number + 1))
    child = Path(__file__).with_name("killed_run.py")
    words = [sys.executable, str(child), str(cold_mini.root), "shop.sales"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.strip() == "succeeded", done.stdout + done.stderr[-3000:]
    assert cold_mini.states() == [(0, "open"), (0, "done"), (1, "open"), (1, "done")]
    assert held(cold_mini) == model(cold_mini.rows("sales/orders"))


def stop(*_: Any) -> None:
    raise RuntimeError("the end")
