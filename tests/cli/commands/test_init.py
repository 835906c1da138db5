from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_init_says_what_it_made_and_what_is_next(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "new mesh"
    said = call("init", folder)
    assert said.code == 0
    assert "  bundles/shop/orders/product.yml\n" in said.out
    assert f"  lakemesh --mesh '{folder}' run --all\n" in said.out
    assert call("--mesh", folder, "validate").out == "1 product, no findings\n"


def test_init_as_json(call: Call, tmp_path: Path) -> None:
    document = call("init", tmp_path / "m", "-o", "json").json
    assert "conf/mesh.yml" in document["files"]


def test_init_leaves_a_full_folder_alone(call: Call, root: Path) -> None:
    said = call("init", root)
    assert said.code == 2
    assert "is not empty" in said.err
