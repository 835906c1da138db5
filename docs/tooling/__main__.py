"""Write docs/reference from the models and the command line: `python docs/tooling`, or `make docs`.

With --check nothing is written: pages that differ from what the models say are named, and the exit code is 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from commands import command_page
from pages import model_pages

FOLDER = Path(__file__).resolve().parent.parent / "reference"


def main() -> int:
    """Write the pages, or say which are not as they should be."""
    pages = {**model_pages(), "command-line.md": command_page()}
    stale = [name for name, text in pages.items() if _read(FOLDER / name) != text]
    left = sorted(path.name for path in FOLDER.glob("*.md") if path.name not in pages)
    if "--check" in sys.argv[1:]:
        for name in (*stale, *left):
            print(f"docs/reference/{name} is not what the models say: run 'make docs' and commit it.")
        return 1 if stale or left else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(pages[name], encoding="utf-8")
    for name in left:
        (FOLDER / name).unlink()
    print(f"docs/reference: {len(pages)} pages, {len(stale) + len(left)} changed")
    return 0


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
