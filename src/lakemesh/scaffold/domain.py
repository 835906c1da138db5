"""A new domain: a paragraph in conf/mesh.yml and a landing folder in every local environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lakemesh.errors import CallError
from lakemesh.scaffold.insert import insert_entry
from lakemesh.scaffold.made import Made, check_name, write_files


def add_domain(root: Path, name: str, owner: str | None = None) -> Made:
    """A domain in the mesh at a folder; what its files say already stays as it is, comments included.

    Raises CallError where the name is not usable or taken, or where a file cannot be added to.
    """
    check_name(name, "domain")
    mesh_file = root / "conf" / "mesh.yml"
    if not mesh_file.is_file():
        raise CallError(f"{root} is no mesh: conf/mesh.yml is missing. Make one with 'lakemesh init {root}'.")
    if name in (_read(mesh_file).get("domains") or {}):
        raise CallError(f"the domain '{name}' is already in conf/mesh.yml.")
    entry = {
        "owner": owner or f"{name.replace('_', ' ').capitalize()} data",
        "contact": f"{name}@example.com",
    }
    texts = {"conf/mesh.yml": insert_entry(_text(mesh_file), "domains", name, entry, "conf/mesh.yml")}
    notes = []
    for file in sorted((root / "conf" / "environments").glob("*.yml")):
        path, said = f"conf/environments/{file.name}", _read(file)
        if said.get("platform") != "local":
            notes.append(f"{path}: add landing.{name} and catalogs.{name}, which only you know.")
        elif name not in (said.get("landing") or {}):
            texts[path] = insert_entry(_text(file), "landing", name, f"data/landing/{name}", path)
    return Made(root, write_files(root, texts), tuple(notes))


def _text(file: Path) -> str:
    with file.open(encoding="utf-8", newline="") as lines:
        return lines.read()


def _read(file: Path) -> dict[str, Any]:
    try:
        said = yaml.load(_text(file), Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes plain text only)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CallError(f"{file} cannot be read as YAML: run 'lakemesh validate' to see where.") from error
    return said if isinstance(said, dict) else {}
