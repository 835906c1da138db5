"""What a scaffold made, and the texts that it makes it from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from lakemesh.errors import CallError
from lakemesh.names import why_unusable


@dataclass(frozen=True)
class Made:
    """The files that were written, from the mesh's root, and what is still for the user to do."""

    root: Path
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def template(name: str, **values: str) -> str:
    """A template's text, every @word@ replaced by its value."""
    text = resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
    for word, value in values.items():
        text = text.replace(f"@{word}@", value)
    return text


def write_files(root: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Write texts under their paths; the paths that were written."""
    for path, text in texts.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return tuple(texts)


def check_name(name: str, what: str) -> None:
    """Raise CallError where a name cannot be a catalog, schema, table and folder."""
    why = why_unusable(name)
    if why:
        raise CallError(f"no {what} can be called so: {why}")
