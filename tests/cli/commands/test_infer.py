from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_a_block_and_the_same_as_json(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text('{"id": "a"}\n{"id": "b"}\n', encoding="utf-8")
    said = call("infer", file, "--name", "order")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("schemas:\n  order:\n    - {name: id, logicalType: string, required: true}\n")
    document = call("infer", file, "--limit", 1, "-o", "json").json
    assert document["schema"] == [{"name": "id", "logicalType": "string", "required": True}]
    assert (document["name"], document["complete"]) == ("orders", False)


def test_no_such_file(call: Call, tmp_path: Path) -> None:
    said = call("infer", tmp_path / "nowhere.json", "-o", "json")
    assert said.code == 2
    assert said.errors[0]["error"] == "CallError"
