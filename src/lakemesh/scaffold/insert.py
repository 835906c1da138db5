"""One entry more in a map of a YAML file, every other character left as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lakemesh.errors import CallError

# What is a text wherever it stands, in a flow map, too; with the words of YAML 1.2's core that are none.
_PLAIN = re.compile(r"[^\W\d](?:[\w ./@$-]*[\w/])?")
_WORDS = ("null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE")


def insert_entry(text: str, key: str, name: str, value: str | Mapping[str, str], file: str) -> str:
    """The text with `name: value` as the last entry of the map under a top-level key, made if absent.

    Raises CallError where the text cannot be added to without changing what it says.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    said = _flow(value)
    node = _node(text, key)
    if node is None:
        added = _with_ending(text, ending) + f"{key}:{ending}  {name}: {said}{ending}"
    elif isinstance(node, yaml.MappingNode) and node.flow_style:
        added = _into_flow(text, node, f"{name}: {said}")
    else:
        added = _into_block(text, node, f"{name}: {said}", ending)
    if _say(added) != _wanted(_say(text), key, name, value):
        raise CallError(
            f"{file}: '{key}' cannot be added to safely as it is written: add {name}: {said} yourself."
        )
    return added


def _wanted(
    said: dict[str, Any], key: str, name: str, value: str | Mapping[str, str]
) -> dict[str, Any] | None:
    """What the file must say afterwards; None where the key holds no map."""
    before = said.get(key) or {}
    return {**said, key: {**before, name: value}} if isinstance(before, dict) else None


def _node(text: str, key: str) -> yaml.Node | None:
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    return next((value for name, value in root.value if name.value == key), None)


def _into_flow(text: str, node: yaml.MappingNode, entry: str) -> str:
    close = node.end_mark.index - 1
    before = text[:close].rstrip()
    comma = "" if before.endswith(("{", ",")) else ", "
    return f"{before}{comma}{entry}{text[close:]}"


def _into_block(text: str, node: yaml.Node, entry: str, ending: str) -> str:
    indent = node.value[0][0].start_mark.column if isinstance(node, yaml.MappingNode) else 2
    # A block's own end lies behind the comments that follow it; its last scalar's end does not.
    end = _last_leaf(node).end_mark.index
    if end > 0 and text[end - 1] == "\n":
        at = end
    else:
        newline = text.find("\n", end)
        at = len(text) if newline < 0 else newline + 1
    return f"{_with_ending(text[:at], ending)}{' ' * indent}{entry}{ending}{text[at:]}"


def _last_leaf(node: yaml.Node) -> yaml.Node:
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node
    last = node.value[-1]
    return _last_leaf(last[1] if isinstance(last, tuple) else last)


def _flow(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return plain(value)
    return "{" + ", ".join(f"{key}: {plain(item)}" for key, item in value.items()) + "}"


def plain(text: str) -> str:
    """A text as YAML takes it anywhere: as it is, or in quotes where it could be something else."""
    return text if _PLAIN.fullmatch(text) and text not in _WORDS else json.dumps(text, ensure_ascii=False)


def _with_ending(text: str, ending: str) -> str:
    return text if not text or text.endswith("\n") else text + ending


def _say(text: str) -> dict[str, Any]:
    try:
        said = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (BaseLoader makes plain text only)
    except yaml.YAMLError:
        return {}
    return {key: value or {} for key, value in said.items()} if isinstance(said, dict) else {}
