"""A mesh of one domain in a folder of its own, said in a few lines and never run."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lakemesh.names import ProductName
from lakemesh.plan.compiler import compile_plan
from lakemesh.plan.stages import Plan
from lakemesh.spec.loader import Mesh, load_mesh

MESH = "tenant: tests\ntimeZone: UTC\ndomains: {shop: {owner: Shop}}\n"
ENVIRONMENT = """
platform: local
lakehouse: lakehouse
landing: {shop: data}
hubs: {shop: {transport: capture, path: capture}}
"""
HEAD = "apiVersion: lakemesh/v1\nkind: DataProduct\nname: {name}\ndomain: shop\nversion: {version}\n"


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Mesh]:
    """A function from a product's body (and files beside it) to the mesh that has it."""

    def load_body(body: str, name: str = "orders", version: str = "1.0.0", **files: str) -> Mesh:
        folder = tmp_path / "bundles/shop" / name
        texts = {
            tmp_path / "conf/mesh.yml": MESH,
            folder / "product.yml": HEAD.format(name=name, version=version) + textwrap.dedent(body),
            **{folder / path: text for path, text in files.items()},
        }
        if not (tmp_path / "conf/environments/local.yml").exists():
            texts[tmp_path / "conf/environments/local.yml"] = ENVIRONMENT
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return load_mesh(tmp_path).require()

    return load_body


@pytest.fixture
def compiled(loaded: Callable[..., Mesh]) -> Callable[..., Plan]:
    """A function from a product's body (and files beside it) to its plan."""

    def compile_body(body: str, name: str = "orders", version: str = "1.0.0", **files: str) -> Plan:
        return compile_plan(loaded(body, name, version, **files), ProductName("shop", name))

    return compile_body
