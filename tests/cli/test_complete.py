from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakemesh.cli import cli
from lakemesh.scaffold import add_domain, add_product
from lakemesh.spec.loader import load_mesh


@pytest.fixture
def mesh(root: Path) -> Path:
    from lakemesh.names import ProductName

    add_domain(root, "cart")
    add_product(load_mesh(root).require(), ProductName("cart", "carts"))
    return root


def completed(root: Path, *words: str) -> list[str]:
    """What a shell would be told for the last word."""
    from click.shell_completion import ShellComplete

    shell = ShellComplete(cli, {}, "lakemesh", "_LAKEMESH_COMPLETE")
    return [item.value for item in shell.get_completions(["--mesh", str(root), *words[:-1]], words[-1])]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", ""), ["cart.carts", "shop.orders", "cart.*", "shop.*"]),
        (("validate", "cart.carts", "sh"), ["shop.orders", "shop.*"]),
        (("test", "+ca"), ["+cart.carts", "+cart.*"]),
        (("plan", "ca"), ["cart.carts"]),
        (("preview", "sh"), ["shop.orders.files", "shop.orders.cleaned"]),
        (("preview", "shop.orders.c"), ["shop.orders.cleaned"]),
        (("status", "--env", "l"), ["local"]),
        (("status", "--changed"), ["--changed-since"]),
        (("comp",), ["completion"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_what_is_offered(mesh: Path, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(mesh, *words) == offered


def test_a_broken_mesh_is_silent(mesh: Path, tmp_path: Path) -> None:
    (mesh / "bundles/shop/orders/product.yml").write_text("a: [", encoding="utf-8")
    (mesh / "bundles/cart/carts/product.yml").write_bytes(b"\xff")
    (mesh / "conf/mesh.yml").write_text("nonsense", encoding="utf-8")
    assert completed(mesh, "run", "sh") == ["shop.orders", "shop.*"]
    assert completed(mesh, "preview", "") == []
    assert completed(tmp_path / "nowhere", "run", "") == []
    assert completed(tmp_path / "nowhere", "preview", "a.b.") == []


def test_of_many_products_only_the_names(mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakemesh.cli.complete._FEW", 1)
    assert completed(mesh, "preview", "") == ["cart.carts.", "shop.orders."]


@pytest.mark.process
def test_a_shell_asks_a_whole_process(mesh: Path) -> None:
    code = "import sys, lakemesh.cli; sys.exit(lakemesh.cli.main())"
    asked = {"COMP_WORDS": "lakemesh run sh", "COMP_CWORD": "2", "_LAKEMESH_COMPLETE": "bash_complete"}
    environment = {**os.environ, **asked, "LAKEMESH_MESH": str(mesh)}
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=mesh.parent,
        check=True,
    )
    assert (said.stdout.split(), said.stderr) == (["plain,shop.orders", "plain,shop.*"], "")
