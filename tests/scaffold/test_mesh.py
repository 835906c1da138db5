from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.validate import validate
from lakemesh.scaffold import init_mesh
from lakemesh.spec.loader import load_mesh


def test_a_new_mesh_has_no_findings_and_a_plan(tmp_path: Path) -> None:
    made = init_mesh(tmp_path / "My Mesh")
    mesh = load_mesh(made.root).require()
    assert mesh.spec.tenant == "my-mesh"
    assert validate(mesh) == ()
    plan = compile_plan(mesh, ProductName("shop", "orders"))
    assert [flow.name for flow in plan.flows] == ["files"]
    assert len(mesh.get(ProductName("shop", "orders")).cases) == 2
    assert (made.root / ".gitignore").read_text(encoding="utf-8").startswith("# What runs leave")


@pytest.mark.parametrize("name", ["123", "null", "1e3", "0x1f"])
def test_a_folder_named_as_no_text_is(tmp_path: Path, name: str) -> None:
    init_mesh(tmp_path / name)
    assert load_mesh(tmp_path / name).require().spec.tenant == name


def test_every_file_that_it_names_is_there(tmp_path: Path) -> None:
    made = init_mesh(tmp_path)
    assert all((tmp_path / file).is_file() for file in made.files)
    assert "data/landing/shop/orders/2026-01-05.jsonl" in made.files


def test_a_full_folder_is_refused_with_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(CallError, match=r"is not empty: notes\.txt in the way"):
        init_mesh(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_repository_s_own_folder_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert init_mesh(tmp_path).files


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mesh").touch()
    with pytest.raises(CallError, match="is a file"):
        init_mesh(tmp_path / "mesh")
