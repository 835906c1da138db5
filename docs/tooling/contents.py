"""The index of the documentation: every page by its title, as its first heading has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

_HEAD = """<!-- Made by `make docs` from the pages' titles: change those, not this. -->
# Documentation

New here? [The tutorial](tutorial.md) goes from an empty folder to two data products in a quarter of an hour.

- [The command line](cli.md): what every command keeps to, and each of them.
- [The reference mesh](reference-mesh.md): the products that ship with lakemesh, their data and its dirt.
- [Benchmarks](benchmarks.md): what `make bench` measures, and how to read it.
- [CONTRIBUTING](../CONTRIBUTING.md): how to work on lakemesh itself.
- [CHANGELOG](../CHANGELOG.md): what changed.
"""


def index_page(docs: Path, reference: Mapping[str, str]) -> str:
    """The index: how-tos and decisions as they are there, the reference as it is made."""
    lines = [_HEAD, "## How to", ""]
    lines += [_entry(f"how-to/{name}", text, "How to ") for name, text in _read(docs / "how-to")]
    lines += ["", "## Reference", "", "- [The language](reference/README.md)"]
    pages = sorted(reference.items())
    lines += [_entry(name, text, "Reference: ") for name, text in pages if name != "reference/README.md"]
    lines += ["", "## Decisions", "", "Why things are as they are, half a page each.", ""]
    lines += [_entry(f"decisions/{name}", text) for name, text in _read(docs / "decisions")]
    return "\n".join(lines) + "\n"


def _read(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.glob("*.md")):
        yield file.name, file.read_text(encoding="utf-8")


def _entry(path: str, text: str, without: str = "") -> str:
    title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
    said = title.removeprefix(without)
    return f"- [{said[:1].upper()}{said[1:]}]({path})"
