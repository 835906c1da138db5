"""A mesh's folder with the shipped specs, and what was generated into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lakemesh.demo import Manifest, generate

ROOT = Path(__file__).parents[2]


def copy_mesh(root: Path) -> Path:
    for name in ("conf", "bundles"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    return copy_mesh(tmp_path)


@pytest.fixture(scope="session")
def first_wave(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A mesh with 400 orders of data, to be read and not changed."""
    root = copy_mesh(tmp_path_factory.mktemp("demo"))
    return root, generate(root, orders=400)
