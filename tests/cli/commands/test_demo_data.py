from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Call

HERE = Path(__file__).parents[3]


def test_data_are_generated_where_the_mesh_reads(call: Call, tmp_path: Path) -> None:
    for folder in ("conf", "bundles"):
        shutil.copytree(HERE / folder, tmp_path / folder)
    said = call("--mesh", tmp_path, "demo-data", "--orders", 20, "--seed", 3)
    assert said.code == 0
    assert said.out.startswith("20 orders, seed 3, wave 1: ")
    assert any((tmp_path / "data").rglob("*.avro"))
    document = call("--mesh", tmp_path, "demo-data", "--orders", 20, "--seed", 3, "-o", "json").json
    assert document["orders"] == 20


def test_no_orders_are_a_wrong_call(call: Call, tmp_path: Path) -> None:
    assert call("--mesh", tmp_path, "demo-data", "--orders", 0).code == 2
