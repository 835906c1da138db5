"""A document with something taken out, renamed or put in another's place: values and nodes alike.

The nodes that stay keep their places, so that a finding made afterwards still stands where the file says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakemesh.spec.document import Document, Path


def value_at(document: Document, path: Path) -> Any:
    """What a document says at a path; None where it says nothing."""
    value = document.value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def leave_out(document: Document, path: Path) -> None:
    """Take what stands at a path out of the document; nothing where nothing stands there."""
    value, node, last = value_at(document, path[:-1]), _node(document, path[:-1]), path[-1]
    if isinstance(value, list) and isinstance(last, int) and last < len(value):
        del value[last], node.value[last]
    elif isinstance(value, dict) and last in value:
        del value[last]
        node.value = [pair for pair in node.value if pair[0].value != last]


def rename(document: Document, path: Path, name: str) -> None:
    """Give a key another name, at its place among the others."""
    value = value_at(document, path[:-1])
    for key, _ in _node(document, path[:-1]).value:
        if key.value == path[-1]:
            key.value = name
    said = [(name if key == path[-1] else key, below) for key, below in value.items()]
    value.clear()
    value.update(said)


def put(document: Document, path: Path, value: Any) -> None:
    """Put another value at a path; the place stays that of the old one."""
    value_at(document, path[:-1])[path[-1]] = value


def _node(document: Document, path: Path) -> Any:
    node = document.root
    for step in path:
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next(below for key, below in node.value if key.value == step)
    return node
