"""Records that are gone: what stops a flow, what it goes on without, what it says of files replaced."""

from __future__ import annotations

import json
import os
from typing import Any

PORT = """
inputPorts:
  in: {{kind: blob, path: "${{landing.shop}}/in", onDataLoss: {says}, schema: {{id: bigint}}}}
outputPorts:
  out: {{kind: delta, from: in, write: append}}
"""


def vanish(mini: Any, monkeypatch: Any, path: Any) -> None:
    """Take a file away after Spark has listed it, before the batch is begun."""
    from lakemesh.read import files

    def listed(checkpoint: str, batch: int, original: Any = files.list_files) -> Any:
        path.unlink(missing_ok=True)
        return original(checkpoint, batch)

    monkeypatch.setattr(files, "list_files", listed)


def test_a_file_that_vanished_stops_the_batch_until_it_is_back(mini: Any, monkeypatch: Any) -> None:
    mini.product("orders", PORT.format(says="fail"))
    gone, _ = mini.land("in/1.json", {"id": 1}), mini.land("in/2.json", {"id": 2})
    with monkeypatch.context() as patch:
        vanish(mini, patch, gone)
        report = mini.run("orders")
    assert report.message == (
        f"shop.orders, flow 'in', batch 0: input 'in' found files that were gone before they were read:"
        f" file:{gone}. Nothing of the batch was written. Put them back and run again, or say onDataLoss:"
        " continue to go on without them."
    )
    assert (mini.rows("orders/out"), mini.states()) == ([], [])
    mini.land("in/1.json", {"id": 1})
    mini.ran("orders")
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 2]


def test_a_flow_goes_on_and_records_the_gap(mini: Any, monkeypatch: Any) -> None:
    mini.product("orders", PORT.format(says="continue"))
    gone, kept = mini.land("in/1.json", {"id": 1}), mini.land("in/2.json", {"id": 2})
    with monkeypatch.context() as patch:
        vanish(mini, patch, gone)
        report = mini.ran("orders")
    assert [row["id"] for row in mini.rows("orders/out")] == [2]
    assert report.warnings == (f"input 'in' went on without what was gone before it was read: file:{gone}",)
    (check,) = (row for row in mini.ops("checks") if row["rule"] == "no_data_loss")
    assert (json.loads(check["arguments"]), check["success"]) == ({"gone": [f"file:{gone}"]}, False)
    sizes = {file["path"]: file["size"] for file in mini.ops("batches")[-1]["files"]}
    assert sizes == {f"file:{gone}": -1, f"file:{kept}": 10}

    mini.land("in/2.json", {"id": 3})
    os.utime(kept, (1, 1))
    told = mini.ran("orders").warnings
    assert told == (
        "input 'in' has files that were replaced after they were read, and no name is read twice:"
        f" file:{kept}. Land them again under new names",
    )
    assert [row["id"] for row in mini.rows("orders/out")] == [2]


TWO = """
inputPorts: {in: {kind: blob, path: "${landing.shop}/in", schema: {id: bigint, v: string}}}
transformations: {n: {kind: derive, from: in, columns: {n: "cast(v as int)"}}}
outputPorts: {one: {from: in, write: append}, two: {from: n, write: append}}
"""


def test_a_file_that_was_mended_after_its_batch_failed_was_never_read(mini: Any) -> None:
    mini.product("orders", TWO)
    mini.land("in/1.json", {"id": 1, "v": "1"}, {"id": 2, "v": "oops"})
    assert mini.run("orders").state == "failed"
    mini.land("in/1.json", {"id": 1, "v": "1"}, {"id": 2, "v": "2"})
    assert mini.ran("orders").warnings == ()
    assert mini.ran("orders").warnings == ()
    assert sorted(row["n"] for row in mini.rows("orders/two")) == [1, 2]


SOURCE = """
inputPorts:
  in: {kind: blob, path: "${landing.shop}/up", schema: {id: bigint}}
outputPorts:
  out: {kind: delta, from: in, write: append}
"""
FED = """
inputPorts:
  up: {kind: product, product: shop.source, port: out, read: appends}
outputPorts:
  out: {kind: delta, from: up, write: append}
"""


def test_versions_of_a_table_that_are_gone(mini: Any) -> None:
    from deltalake import DeltaTable

    mini.product("source", SOURCE)
    mini.product("orders", FED)
    for number in range(1, 4):
        mini.land(f"up/{number}.json", {"id": number})
        mini.ran("source")
        if number == 1:
            mini.ran("orders")
            read = mini.version("source/out")
    DeltaTable(str(mini.table("source/out"))).create_checkpoint()
    for version in range(read + 2):
        (mini.table("source/out") / "_delta_log" / f"{version:020}.json").unlink()
    message = mini.run("orders").message
    assert message.startswith("shop.orders, flow 'up': input 'up' should read what is gone: ")
    assert message.endswith(
        "Nothing of the batch was written. Either put it back and run again, or run this product once with"
        " --full-refresh, or say onDataLoss: continue to go on without it."
    )
    assert [row["id"] for row in mini.rows("orders/out")] == [1]

    mini.product("orders", FED.replace("appends}", "appends, onDataLoss: continue}"))
    told = f"input 'up' went on without what was gone before it was read: shop.source.out, version {read + 1}"
    assert mini.ran("orders").warnings == (told,)
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 3]
    (check,) = (row for row in mini.ops("checks") if row["rule"] == "no_data_loss")
    assert json.loads(check["arguments"]) == {"gone": [f"shop.source.out, version {read + 1}"]}
    assert mini.ran("orders").warnings == ()

    # A vacuum takes the file of one commit, and nothing is there yet behind it.
    mini.land("up/4.json", {"id": 4})
    mini.ran("source")
    last = mini.version("source/out")
    log = mini.table("source/out") / f"_delta_log/{last:020}.json"
    (added,) = (
        action["add"]["path"] for action in map(json.loads, log.read_text().splitlines()) if "add" in action
    )
    (mini.table("source/out") / added).unlink()
    assert mini.ran("orders").warnings == (told.replace(f"version {read + 1}", f"version {last}"),)
    mini.land("up/5.json", {"id": 5})
    mini.ran("source")
    report = mini.ran("orders")
    assert (report.warnings, report.batches) == ((), 1)
    assert sorted(row["id"] for row in mini.rows("orders/out")) == [1, 3, 5]
