"""Where a character of a text stands: in a file, or in a YAML scalar of whatever style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakemesh.spec.document import Document, Path

_FILL = re.compile(r"\$\$?\{[^}]*\}")
# YAML 1.2.2, chapter 5.7; the escapes that stand for white space are left to the alignment.
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])")
_BLANK_ESCAPES = frozenset("\\" + letter for letter in "tnvfr N_LP\n")
_HEADER = re.compile(r"[|>][^\n]*\n")


def spot(text: str, offset: int) -> tuple[int, int]:
    """The line and column (from 1) of an offset in a text; lines end as editors count them."""
    before = text[: max(offset, 0)]
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


def spot_in_scalar(document: Document, path: Path, value: str, offset: int) -> tuple[int, int]:
    """The line and column in the YAML file of an offset into the value of a scalar.

    Folding, indentation and escapes change white space and spelling only: the n-th visible character of the
    value is
    the n-th one of the source.
    """
    node = _node(document, path)
    if node is None or getattr(node, "value", None) is None or not isinstance(node.value, str):
        return document.locate(path)
    written = _before_filling(node.value, value, offset)
    wanted = len("".join(node.value[:written].split()))
    begin = _offset(document.text, node.start_mark)
    end = _offset(document.text, node.end_mark)
    return spot(document.text, _visible(document.text, begin, end, node.style, wanted))


def item_path(document: Document, path: Path, index: int) -> Path:
    """The path of an item of a list of words; of the word itself where it stands alone."""
    return (*path, index) if document.has((*path, index)) else path


def _node(document: Document, path: Path) -> Any:
    node = document.root
    for step in path:
        value = getattr(node, "value", None)
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            node = value[step]
        elif isinstance(value, list):
            node = next(
                (item[1] for item in value if isinstance(item, tuple) and item[0].value == step), None
            )
        else:
            return None
    return node


def _offset(text: str, mark: Any) -> int:
    """The offset of a mark, by its line and column: a mark's own index counts otherwise in libyaml."""
    start = 0
    for _ in range(mark.line):
        start = text.find("\n", start) + 1
    return start + int(mark.column)


def _before_filling(written: str, value: str, offset: int) -> int:
    """The offset in the text as written, with its `${...}`, of an offset in the text as filled in."""
    if written == value:
        return offset
    at = shift = 0
    for found in _FILL.finditer(written):
        begin = found.start() + shift
        following = written[found.end() : found.end() + 8].split("$", maxsplit=1)[0]
        end = value.find(following, begin) if following else len(value)
        if offset < begin:
            break
        if offset < end:
            return found.start()
        shift = end - found.end()
        at = found.end()
    return max(offset - shift, at)


def _visible(text: str, begin: int, end: int, style: str | None, wanted: int) -> int:
    """The offset of the n-th visible character of a scalar's source."""
    header = _HEADER.match(text, begin) if style in ("|", ">") else None
    at = header.end() if header else begin + (1 if style in ("'", '"') else 0)
    seen, last = 0, at
    while at < end:
        width, shown = _character(text, at, style)
        if shown:
            last = at
            if seen == wanted:
                return at
            seen += 1
        at += width
    return last


def _character(text: str, at: int, style: str | None) -> tuple[int, bool]:
    """How long the spelling of one character is, and whether the character can be seen."""
    if style == "'" and text.startswith("''", at):
        return 2, True
    escape = _ESCAPE.match(text, at) if style == '"' else None
    if escape:
        return len(escape.group()), escape.group() not in _BLANK_ESCAPES
    return 1, not text[at].isspace()
