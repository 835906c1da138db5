"""A small mesh without a finding, and what is found in it after its files were changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lakemesh.errors import Finding
from lakemesh.plan.validate import examine
from lakemesh.spec.loader import load_mesh

CASES = Path(__file__).parent.parent.parent / "cases" / "validate"
FILES = {
    "product": "bundles/shop/orders/product.yml",
    "flat": "bundles/shop/orders/transforms/flat.sql",
    "rank": "bundles/shop/orders/transforms/rank.py",
    "tests": "bundles/shop/orders/tests.yml",
    "daily": "bundles/shop/daily/product.yml",
    "customers": "bundles/crm/customers/product.yml",
    "mesh": "conf/mesh.yml",
    "local": "conf/environments/local.yml",
}
Change = tuple[str, str, str]
Find = Callable[..., list[Finding]]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A copy of the mesh that the cases change."""
    return Path(shutil.copytree(CASES / "base", tmp_path / "mesh"))


@pytest.fixture
def find(base: Path) -> Find:
    """What is found after changes, each (file, old text, new text); notes only where they are asked for."""

    def find_(*changes: Change, notes: bool = False) -> list[Finding]:
        change(base, changes)
        return found_in(base, notes=notes)

    return find_


def change(root: Path, changes: Iterable[Change]) -> None:
    """Replace texts, each of which must stand exactly once in its file."""
    for name, old, new in changes:
        file = root / FILES[name]
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        file.write_text(text.replace(old, new), encoding="utf-8")


def found_in(root: Path, *, notes: bool = False) -> list[Finding]:
    """What the loader and validate find in a mesh, sorted."""
    loaded = load_mesh(root)
    found = list(loaded.findings)
    if loaded.mesh is not None:
        found += [one for one in examine(loaded.mesh) if notes or one.severity != "note"]
    return sorted(set(found))
