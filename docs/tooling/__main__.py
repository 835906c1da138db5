"""Write docs/reference from the models and the command line, and the index: `make docs`.

With --check nothing is written: pages that differ from what the models say are named, and the exit code is 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from commands import command_page
from contents import index_page
from pages import model_pages

DOCS = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write the pages, or say which are not as they should be."""
    pages = {f"reference/{name}": text for name, text in model_pages().items()}
    pages["reference/command-line.md"] = command_page()
    pages["README.md"] = index_page(DOCS, pages)
    stale = [name for name, text in pages.items() if _read(DOCS / name) != text]
    there = (f"reference/{path.name}" for path in (DOCS / "reference").glob("*.md"))
    left = sorted(name for name in there if name not in pages)
    if "--check" in sys.argv[1:]:
        for name in (*stale, *left):
            print(f"docs/{name} is not what the models say: run 'make docs' and commit it.")
        return 1 if stale or left else 0
    (DOCS / "reference").mkdir(exist_ok=True)
    for name in stale:
        (DOCS / name).write_text(pages[name], encoding="utf-8")
    for name in left:
        (DOCS / name).unlink()
    print(f"docs: {len(pages)} pages, {len(stale) + len(left)} changed")
    return 0


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
