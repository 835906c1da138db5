"""A YAML file as plain values that remember where each of them stands.

Read by the core schema of YAML 1.2.2, chapter 10.3 (https://yaml.org/spec/1.2.2/): `NO` and `on` are text. A
number written with a trailing zero (`1.10`) stays text, too: it is a version far more often than a measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from lakemesh.errors import Finding, did_you_mean, known_words

Path = tuple[str | int, ...]
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^[-+]?[0-9]+$")
_BASED = re.compile(r"^0(?:o[0-7]+|x[0-9a-fA-F]+)$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_SPECIAL = re.compile(r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$")
_TRAILING_ZERO = re.compile(r"^[-+]?[0-9]+\.[0-9]*0$")
# What the first sign of a plain scalar is where it is no text.
_BEGINNINGS = "~nNtTfF+-.0123456789"
_FILL = re.compile(r"\$(\$?)\{([^}]*)\}")
_TYPE = re.compile(r"^(?:decimal|numeric|dec|struct|map|array)\s*[(<]", re.IGNORECASE)
_CALL = re.compile(r"^[^()<]*\b\w+\s*[(<]")
_DEEPEST = 100


class _Composer(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """PyYAML's composer without its YAML 1.1 resolver: every plain scalar arrives as text."""


@dataclass(frozen=True)
class Document:
    """What a YAML file says (`value`), where it says it, and what is wrong with it as YAML."""

    file: str
    text: str = field(repr=False)
    value: Any = field(repr=False)
    findings: tuple[Finding, ...] = ()
    root: Any = field(default=None, repr=False, compare=False)

    def locate(self, path: Path, key: bool = False) -> tuple[int, int]:
        """The line and column (from 1) of the value at a path, or of its key; else of what is above."""
        node = self.root
        place = _mark(node) if node is not None else (1, 1)
        for step in path:
            found = _child(node, step)
            if found is None:
                continue
            key_node, node = found
            place = _mark(key_node if key or _is_empty(node) or _is_block(node) else node)
        return place

    def has(self, path: Path) -> bool:
        """Whether the file says anything at a path."""
        node = self.root
        for step in path:
            found = _child(node, step)
            if found is None:
                return False
            node = found[1]
        return True

    def find(self, path: Path, message: str, code: str = "invalid", key: bool = False) -> Finding:
        """A finding at a path of this file."""
        return Finding(self.file, *self.locate(path, key), message, code)

    def scalar(self, path: Path) -> tuple[int, int, str | None]:
        """Where a scalar's text begins, and its style: None or '' plain, '|' and '>' blocks, quotes."""
        node = self.root
        for step in path:
            found = _child(node, step)
            node = found[1] if found else node
        line, column = _mark(node)
        return line, column, getattr(node, "style", None)


def read_document(file: str, text: str, fill: Mapping[str, Any] | None = None) -> Document:
    """The document in a text; what is no YAML becomes findings. `fill` has the values for `${...}`."""
    try:
        nodes = list(yaml.compose_all(text, Loader=_Composer))
    except yaml.YAMLError as error:
        return Document(file, text, None, (_syntax(file, error, text),))
    if not nodes or nodes[0] is None:
        return Document(file, text, None, (Finding(file, 1, 1, "the file is empty", "empty"),))
    builder = _Builder(file, fill)
    value = builder.build(nodes[0])
    for extra in nodes[1:]:
        builder.say(extra, "one file holds one document: remove what follows '---'", "yaml")
    return Document(file, text, value, tuple(builder.findings), nodes[0])


def fill_text(text: str, values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The text with `${a.b}` filled in from nested values, and a sentence for each name that they lack.

    `$${` stands for a literal `${`. Without values, as in an environment's own file, every name is a problem.
    """
    problems: list[str] = []

    def put(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        value = _look_up(values, found[2].strip())
        if value is not None:
            return str(value)
        if not values:
            problems.append(f"nothing fills in {found[0]} in this file: write the value itself")
            return found[0]
        name, known = found[2].strip(), sorted(_dotted(values))
        head = name.split(".")[0] + "."
        known = [one for one in known if one.startswith(head)] or known
        problems.append(f"the environment has no '{name}'.{known_words(known)}{did_you_mean(name, known)}")
        return found[0]

    return _FILL.sub(put, text), problems


def _look_up(values: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return None if isinstance(values, Mapping) else values


def _dotted(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{above}{key}.")
        elif value is not None:
            yield f"{above}{key}"


class _Builder:
    """Nodes into values, with findings for what a careful reader refuses."""

    def __init__(self, file: str, fill: Mapping[str, Any] | None) -> None:
        self.file, self.fill = file, fill
        self.findings: list[Finding] = []
        self.depth = 0

    def say(self, node: Any, message: str, code: str) -> None:
        self.findings.append(Finding(self.file, *_mark(node), message, code))

    def build(self, node: Any) -> Any:
        if self.depth > _DEEPEST:
            self.say(node, f"nested more than {_DEEPEST} levels deep, or an anchor that holds itself", "yaml")
            return None
        self.depth += 1
        try:
            if isinstance(node, yaml.MappingNode):
                return self.build_map(node)
            if isinstance(node, yaml.SequenceNode):
                self.mend_torn(node)
                return [self.build(item) for item in node.value]
            return self.build_scalar(node)
        finally:
            self.depth -= 1

    def build_map(self, node: Any) -> dict[str, Any]:
        value: dict[str, Any] = {}
        self.mend_torn(node)
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.say(key_node, "a key must be a word", "yaml")
                continue
            key = key_node.value
            if key in value:
                self.say(
                    key_node,
                    f"the key '{key}' stands here twice; the first one is further up",
                    "duplicate-key",
                )
                continue
            value[key] = self.build(value_node)
        return value

    def mend_torn(self, node: Any) -> None:
        """Report an unquoted type or call that a comma has torn into two, and put it together again."""
        if not node.flow_style:
            return
        parts, whole = list(node.value), []
        while parts:
            part = parts.pop(0)
            value = part[1] if isinstance(part, tuple) else part
            torn = False
            while parts and _is_open(value) and (rest := _torn_off(parts[0])) is not None:
                value.value, value.end_mark = f"{value.value},{rest.value}", rest.end_mark
                torn = bool(parts.pop(0))
            if torn:
                what = "type" if _TYPE.match(value.value) else "expression"
                message = (
                    f'the {what} {value.value} is torn by its comma: write it in quotes, "{value.value}"'
                )
                self.say(value, message, "torn")
            whole.append(part)
        node.value = whole

    def build_scalar(self, node: Any) -> Any:
        text = node.value
        if self.fill is not None and "${" in text:
            text, problems = fill_text(text, self.fill)
            for problem in problems:
                self.say(node, problem, "unknown-variable")
            if re.search(r"(?<!\$)\$\{[^}]*$", node.value):
                self.say(node, "'${' is not closed: write ${name}, or $${ for the text itself", "yaml")
            return text
        return text if node.style else _plain(text)


class Numeral(str):
    """A number written with a trailing zero and without quotes: text, until somebody wants a number."""

    __slots__ = ()


def _is_open(node: Any) -> bool:
    """Whether a plain scalar opens a bracket that it does not close."""
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return False
    angles = node.value.count("<") - node.value.count(">") if _TYPE.match(node.value) else 0
    return bool(_CALL.match(node.value)) and (node.value.count("(") > node.value.count(")") or angles > 0)


def _torn_off(part: Any) -> Any:
    """The scalar that may be the rest of the one before it: an item of a list, a key without a value."""
    if isinstance(part, tuple):
        return part[0] if _is_empty(part[1]) and isinstance(part[0], yaml.ScalarNode) else None
    return part if isinstance(part, yaml.ScalarNode) else None


def _plain(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if text[:1] not in _BEGINNINGS:  # most are words; the empty text passes
        return text
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _INT.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _TRAILING_ZERO.match(text) and text.rstrip("0").rstrip(".") != "0":
        return Numeral(text)
    if _FLOAT.match(text) or _SPECIAL.match(text):
        return float(
            text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".nan", "nan")
        )
    return text


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item
    if isinstance(node, yaml.MappingNode):
        name = str(step)
        for pair in node.value:
            if pair[0].value == name:
                return pair  # type: ignore[no-any-return]
    return None


def _mark(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value == ""


def _is_block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _in_words(said: str, context: str, line: str) -> str:
    """What a YAML reader's sentence means to whom writes specs; nothing where it says that itself."""
    if "mapping values are not allowed" in said:
        return (
            "a key cannot stand here: indent it like the keys beside it,"
            " or put a text that holds ': ' in quotes"
        )
    if "expected key" in said or "expected '-' indicator" in said or "expected <block end>" in said:
        return "this line is indented unlike those beside it"
    if "expected ',' or" in said:
        return "a bracket or brace is not closed, or a text inside it must stand in quotes"
    if "scanning an alias" in context or "scanning an anchor" in context:
        return f"a text that begins with {'*' if 'alias' in context else '&'} must stand in quotes"
    if "cannot start any token" in said:
        return f"a text that begins with {line.strip()[:1] or 'this'} must stand in quotes"
    return ""


def _syntax(file: str, error: yaml.YAMLError, text: str) -> Finding:
    """A YAML error in one sentence, at its place."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        where = getattr(error, "position", 0)
        line = text.count("\n", 0, where) + 1
        return Finding(
            file, line, 1, f"a character that YAML does not allow: {getattr(error, 'reason', error)}", "yaml"
        )
    lines = text.splitlines()
    here = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in here[: mark.column + 1]:
        column = here.index("\t") + 1
        return Finding(file, mark.line + 1, column, "a tab: YAML is indented by spaces only", "tab")
    said = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    told = _in_words(said, str(context), here)
    sentence = f"no valid YAML: {told or said}" + (f" ({context})" if context and not told else "")
    return Finding(file, mark.line + 1, mark.column + 1, sentence, "yaml")
