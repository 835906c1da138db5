from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call


def test_a_mesh_and_what_it_lacks(in_mesh: Call, root: Path) -> None:
    assert in_mesh("doctor").code == 0
    (root / "data/landing/shop/orders").rename(root / "elsewhere")
    said = in_mesh("doctor", "-o", "json")
    assert said.code == 1
    lacking = [one["what"] for one in said.json["checkups"] if one["state"] == "missing"]
    assert (said.json["healthy"], lacking) == (False, ["source of shop.orders.files"])


def test_without_a_mesh_the_machine_is_looked_at(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAKEMESH_MESH", raising=False)
    monkeypatch.chdir(tmp_path)
    said = call("doctor")
    assert said.code == 0
    assert "note     mesh: there is none here" in said.out


def test_a_mesh_or_environment_that_is_not_there_is_a_wrong_call(
    call: Call, in_mesh: Call, tmp_path: Path
) -> None:
    assert in_mesh("doctor", "--env", "lokal").code == 2
    assert call("--mesh", tmp_path / "nowhere", "doctor").code == 2


def test_broken_specs_are_told(in_mesh: Call, root: Path) -> None:
    (root / "bundles/shop/orders/product.yml").write_text("a: [", encoding="utf-8")
    said = in_mesh("doctor")
    assert (said.code, "specs: 1 findings" in said.out) == (0, True)
    (root / "conf/mesh.yml").write_text("tenant: 1\n", encoding="utf-8")
    said = in_mesh("doctor")
    assert (said.code, "MISSING  mesh: conf/ cannot be read" in said.out) == (1, True)
