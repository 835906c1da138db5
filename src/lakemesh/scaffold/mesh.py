"""A new mesh: its conf/, one domain, one product with sample data, and a README."""

from __future__ import annotations

import re
from pathlib import Path

from lakemesh.errors import CallError
from lakemesh.names import ProductName
from lakemesh.scaffold.insert import plain
from lakemesh.scaffold.made import Made, template, write_files
from lakemesh.scaffold.product import product_texts

_FIRST = ProductName("shop", "orders")
_ROOT_FILES = {
    "README.md": "readme.md",
    ".gitignore": "gitignore",
    "conf/mesh.yml": "mesh.yml",
    "conf/environments/local.yml": "local.yml",
}
_SHOWN = 5


def init_mesh(folder: Path) -> Made:
    """A mesh in an empty (or new) folder that runs as it is made.

    Raises CallError where the folder holds anything but a repository's own `.git`.
    """
    _refuse_full(folder)
    tenant = _tenant(folder)
    values = {"tenant": tenant, "tenant_said": plain(tenant), "domain": _FIRST.domain, "product": _FIRST.name}
    texts = {path: template(name, **values) for path, name in _ROOT_FILES.items()}
    texts |= product_texts(_FIRST, f"data/landing/{_FIRST.domain}")
    try:
        return Made(folder, write_files(folder, texts))
    except OSError as error:
        raise CallError(f"{folder} cannot be written: {error.strerror}") from error


def _refuse_full(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CallError(f"{folder} is a file: name a folder that is new or empty.")
    there = sorted(path.name for path in folder.iterdir() if path.name != ".git") if folder.exists() else []
    if there:
        rest = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise CallError(
            f"{folder} is not empty: {', '.join(there[:_SHOWN])}{rest} in the way."
            " Name a folder that is new or empty."
        )


def _tenant(folder: Path) -> str:
    """A tenant's name from the folder's."""
    return re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "example"
