"""Fields that nobody declared: seen from the next run on, never by an output that does not ask for them."""

from __future__ import annotations

import json
from typing import Any

from lakemesh.observe.events import LedgerRecorded
from lakemesh.plan.stages import Read
from lakemesh.runner.evolving import usable
from lakemesh.spec.columns import Column
from lakemesh.spec.inputs import Blob

EVOLVES = """
inputPorts:
  in:
    kind: blob
    path: "${landing.shop}/in"
    onSchemaChange: evolve
    schema: {id: bigint, b: "struct<c:string>"}
transformations:
  told: {sql: "select id, to_json(struct(in.*)) as row from in"}
  both: {kind: derive, from: in, columns: {twice: id * 2}}
outputPorts:
  out: {kind: delta, from: told, write: append, schema: {id: bigint, row: string}}
  free: {kind: delta, from: both, write: append}
  asked: {kind: delta, from: in, write: append, schema: {id: bigint, b: "struct<c:string>"}}
"""


def test_found_names_that_can_stand_beside_the_declared_ones() -> None:
    port = Blob.model_validate({"kind": "blob", "path": "x", "schema": {"Id": "bigint"}})
    columns = tuple(Column.model_validate({"name": n, "physicalType": "string"}) for n in ("Id", "b"))
    read = Read(name="in", mode="batch", port=port, columns=columns)
    found = (
        "z",
        "New",
        "new",
        "ID",
        "b.x",
        "b[].y",
        "_source",
        "__reason",
        "",
        "with space",
        "_rescued_data",
    )
    assert usable(read, found) == ("New", "with space", "z")
    assert len(usable(read, [f"n{n}" for n in range(600)])) == 500


def test_a_field_is_kept_at_once_and_a_column_of_the_view_in_the_next_run(mini: Any) -> None:
    mini.product("orders", EVOLVES)
    mini.land("in/1.json", {"id": 1, "colour": "red", "b": {"c": "x", "deep": 1}})
    report = mini.ran("orders")
    assert report.warnings == ("input 'in' has fields that its schema does not list: b.deep, colour",)
    (first,) = mini.rows("orders/out")
    assert "colour" not in json.loads(first["row"])
    assert json.loads(json.loads(first["row"])["_rescued_data"]) == {"colour": "red", "b.deep": "1"}

    mini.land("in/2.json", {"id": 2, "colour": {"rgb": [1, 2]}, "size": 4})

    def kill(event: Any) -> None:
        if isinstance(event, LedgerRecorded):
            raise RuntimeError("killed")

    assert mini.run("orders", kill).state == "failed"
    mini.land("in/3.json", {"id": 3, "size": 5})
    mini.ran("orders")
    rows = {row["id"]: json.loads(row["row"]) for row in mini.rows("orders/out")}
    assert sorted(rows) == [1, 2, 3]
    # The replay sees what the killed run saw; the batch after it what that run had found.
    assert (rows[2]["colour"], rows[2].get("size")) == ('{"rgb":[1,2]}', None)
    assert json.loads(rows[2]["_rescued_data"]) == {"size": "4"}
    assert (rows[3]["size"], "_rescued_data" in rows[3]) == ("5", False)
    assert sorted(mini.rows("orders/asked")[0]) == ["b", "id"]
    assert sorted(mini.rows("orders/free")[0]) == ["b", "id", "twice"]
    pins = {row["batch"]: json.loads(row["pins"]) for row in mini.ops("batches")}
    assert pins == {0: {"in": []}, 1: {"in": ["colour"]}, 2: {"in": ["colour", "size"]}}
