from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakemesh.cli.changes import changed_products
from lakemesh.cli.select import products_in
from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.scaffold import add_product
from lakemesh.spec.loader import load_mesh

if TYPE_CHECKING:
    from tests.cli.conftest import Call

ORDERS, LINES = ProductName("shop", "orders"), ProductName("shop", "lines")
HOME = "bundles/shop/orders"


def git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(root: Path) -> Path:
    """A mesh of two products in a folder of a repository, everything committed."""
    add_product(load_mesh(root).require(), LINES)
    git(root.parent, "init", "-q", "-b", "main")
    git(root.parent, "add", "-A")
    git(root.parent, "commit", "-q", "-m", "first")
    return root


def changed(root: Path, since: str = "HEAD") -> str:
    return " ".join(map(str, changed_products(root, since, products_in(root))))


def write(root: Path, path: str, text: str = "-- x\n") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    with (root / path).open("a", encoding="utf-8") as file:
        file.write(text)


def test_uncommitted_untracked_and_committed_files_count(checkout: Path) -> None:
    assert changed(checkout) == ""
    write(checkout, "README.md")
    write(checkout.parent, "bundles/shop/orders/notes.md")  # beside the mesh, not in it
    assert changed(checkout) == ""
    write(checkout, f"{HOME}/transforms/cleaned.sql")
    assert changed(checkout) == "shop.orders"
    git(checkout, "commit", "-qam", "second")
    assert (changed(checkout), changed(checkout, "HEAD~1")) == ("", "shop.orders")
    write(checkout, "bundles/shop/lines/transforms/ä ü.sql")
    assert (changed(checkout), changed(checkout, "HEAD~1")) == ("shop.lines", "shop.lines shop.orders")


def test_moved_and_deleted_files_count(checkout: Path) -> None:
    (checkout / HOME / "tests.yml").rename(checkout / "bundles/shop/lines/more.yml")
    git(checkout, "add", "-A")
    assert changed(checkout) == "shop.lines shop.orders"


def test_conf_concerns_all(checkout: Path) -> None:
    write(checkout, "conf/environments/dev.yml", "# new\n")
    assert changed(checkout) == "shop.lines shop.orders"
    assert changed_products(checkout, "HEAD", [LINES]) == (LINES,)


def test_a_branch_is_compared_where_it_was_left(checkout: Path) -> None:
    git(checkout, "checkout", "-qb", "feature")
    write(checkout, f"{HOME}/tests.yml", "# mine\n")
    git(checkout, "commit", "-qam", "mine")
    git(checkout, "checkout", "-q", "main")
    write(checkout, "bundles/shop/lines/tests.yml", "# theirs\n")
    git(checkout, "commit", "-qam", "theirs")
    git(checkout, "checkout", "-q", "feature")
    assert changed(checkout, "main") == "shop.orders"


@pytest.mark.parametrize("reference", ["mian", "", "--help", "HEAD~99"])
def test_an_unknown_commit(checkout: Path, reference: str) -> None:
    with pytest.raises(CallError, match="git knows no commit") as told:
        changed(checkout, reference)
    assert reference != "mian" or "Did you mean 'main'?" in str(told.value)


def test_no_checkout_and_no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    with pytest.raises(CallError, match="is in no git checkout"):
        changed(root)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CallError, match="git, which is not installed"):
        changed(root)


def test_nothing_changed_is_fine(call: Call, checkout: Path) -> None:
    for command in ("validate", "status", "test", "run"):
        said = call("--mesh", checkout, command, "--changed-since", "main")
        assert (said.code, said.err) == (0, "")
        assert said.out == "No product selected has changed since main.\n"
        document = call("--mesh", checkout, command, "--changed-since", "main", "-o", "json")
        assert document.code == 0
        assert document.json.get("products", document.json.get("cases")) in (0, [])


def test_only_what_changed_is_looked_at(call: Call, checkout: Path) -> None:
    write(checkout, f"{HOME}/product.yml", "nonsense: 1\n")
    git(checkout, "commit", "-qam", "broken")
    write(checkout, "bundles/shop/lines/tests.yml", "# better\n")
    said = call("--mesh", checkout, "validate", "--changed-since", "HEAD")
    assert (said.code, said.out) == (0, "1 product, no findings\n")
    said = call("--mesh", checkout, "validate", "shop.orders", "--changed-since", "HEAD~1")
    assert (said.code, said.out) == (1, "1 product, 1 finding\n")
