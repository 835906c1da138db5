from pathlib import Path

import pytest

from lakemesh.errors import CallError
from lakemesh.scaffold import add_domain, init_mesh
from lakemesh.spec.loader import load_mesh


def test_a_domain_is_added_with_its_landing(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    before = (tmp_path / "conf/mesh.yml").read_text(encoding="utf-8")
    made = add_domain(tmp_path, "sales", "Sales data")
    assert made.files == ("conf/mesh.yml", "conf/environments/local.yml")
    assert (tmp_path / "conf/mesh.yml").read_text(encoding="utf-8").startswith(before)
    mesh = load_mesh(tmp_path).require()
    assert mesh.spec.domains["sales"].owner == "Sales data"
    assert mesh.environment.landing["sales"] == "data/landing/sales"


def test_an_environment_elsewhere_is_the_user_s(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    (tmp_path / "conf/environments/prod.yml").write_text("platform: databricks\n", encoding="utf-8")
    made = add_domain(tmp_path, "sales")
    assert made.notes == (
        "conf/environments/prod.yml: add landing.sales and catalogs.sales, which only you know.",
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [("shop", "already in conf/mesh.yml"), ("Sales", "not usable"), ("temp", "reserved word")],
)
def test_a_name_that_will_not_do(tmp_path: Path, name: str, said: str) -> None:
    init_mesh(tmp_path)
    with pytest.raises(CallError, match=said):
        add_domain(tmp_path, name)


def test_no_mesh_no_domain(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="is no mesh"):
        add_domain(tmp_path, "sales")


def test_broken_yaml_is_left_alone(tmp_path: Path) -> None:
    init_mesh(tmp_path)
    (tmp_path / "conf/mesh.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(CallError, match="cannot be read as YAML"):
        add_domain(tmp_path, "sales")
