"""A product as far as it can be read: each mistake is said, mended or left out, and the rest is read on.

A key or a word that is nearly a known one is taken for it. A column of no type keeps its name. A rule, an
item of a list and a key that may be absent are left out; a step or a port that cannot do without is left out
whole, and what refers to it gets no finding. A run never sees such a product: it has findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ValidationError, create_model

from lakemesh.errors import Finding, nearest
from lakemesh.spec.complaints import UNION_KINDS, explain_problems, misspelt_tag, real_path, words_of
from lakemesh.spec.edits import leave_out, put, rename, value_at
from lakemesh.spec.inputs import InputPort
from lakemesh.spec.keys import known_keys
from lakemesh.spec.model import validate_value
from lakemesh.spec.outputs import OutputPort
from lakemesh.spec.product import DataProduct

if TYPE_CHECKING:
    from lakemesh.spec.document import Document, Path

NOWHERE = "(a schema that cannot be read)"
"""The reference that stands for a schema which was left out: it leads nowhere, and has its finding."""
_UNTYPED = "void"
_TYPE_WORDS = ("logicalType", "physicalType", "properties", "items", "keys", "values")
# What a port or a step needs and nothing else leans on.
_STAND_INS: Mapping[Any, Any] = {
    "hub": "hub",
    "path": "?",
    "salt": {"secret": "-/-"},
    "secret": "-/-",
    "owner": "?",
}
# The kind of input port that a key belongs to.
_KIND_OF = (("hub", "eventhub"), ("path", "blob"), ("product", "product"))
_MOST_ROUNDS = 25


@dataclass
class Mending:
    """What was read, and the paths of what was left out or is not what the file says."""

    spec: Any = None
    blanks: set[Path] = field(default_factory=set)
    untyped: set[Path] = field(default_factory=set)
    """The paths of columns whose words make no type."""


def read_product(document: Document, home: tuple[str, str], findings: list[Finding]) -> Mending:
    """The product in a document, which stands in the folder of a domain and a name; spec None where hopeless.

    What is mended in the document is mended in place.
    """
    try:
        return Mending(validate_value(DataProduct, document.value))
    except ValidationError as error:
        findings.extend(explain_problems(error.errors(include_url=False), document, DataProduct))
    given = {"apiVersion": "lakemesh/v1", "kind": "DataProduct", "domain": home[0], "name": home[1]}
    return _Mender(document, _lenient(), given).mend(findings)


def read_as(document: Document, model: type[BaseModel], findings: list[Finding]) -> Mending:
    """What a document says as a model, with each item that cannot be read left out."""
    try:
        return Mending(validate_value(model, document.value))
    except ValidationError as error:
        findings.extend(explain_problems(error.errors(include_url=False), document, model))
    return _Mender(document, model, {}).mend(findings)


@cache
def _lenient() -> type[DataProduct]:
    """The model of a product that may have lost all its ports."""
    inputs: Any = (dict[str, InputPort], {})
    outputs: Any = (dict[str, OutputPort], {})
    return create_model("Readable", __base__=DataProduct, input_ports=inputs, output_ports=outputs)


@dataclass
class _Mender:
    document: Document
    model: type[BaseModel]
    given: Mapping[str, Any]
    """What the file's place says where the file itself does not."""
    blanks: set[Path] = field(default_factory=set)
    untyped: set[Path] = field(default_factory=set)
    edits: list[tuple[Literal["out", "rename", "put"], Path, Any]] = field(default_factory=list)

    def mend(self, findings: list[Finding]) -> Mending:
        """Mend round by round: what an earlier mistake hid is said and mended in the next."""
        if not isinstance(self.document.value, dict | list):
            return Mending()
        for count in range(_MOST_ROUNDS):
            try:
                return Mending(validate_value(self.model, self.document.value), self.blanks, self.untyped)
            except ValidationError as error:
                problems = error.errors(include_url=False)
            if count:
                told = [problem for problem in problems if not self._is_own(problem)]
                findings.extend(explain_problems(told, self.document, self.model))
            for problem in sorted(problems, key=_keys_first):
                self._fix(problem, real_path(self.document, problem["loc"]))
            if not self._apply():
                break
        return Mending(None, self.blanks)

    def _is_own(self, problem: Any) -> bool:
        """Whether a problem may come of what was left out beside it."""
        path = real_path(self.document, problem["loc"])
        about = path[:-1] if problem["type"] == "extra_forbidden" else path
        return any(blank[:-1] == about or blank[:-1] == path for blank in self.blanks)

    def _apply(self) -> bool:
        """Make the edits, deeper and later ones first, so that none moves another; whether there were any."""
        only_once = {(act, path): (act, path, said) for act, path, said in self.edits}
        edits, self.edits = sorted(only_once.values(), key=lambda edit: _last_first(edit[1])), []
        for act, path, said in edits:
            if act == "out":
                leave_out(self.document, path)
            elif act == "rename" and path[-1] in (value_at(self.document, path[:-1]) or ()):
                rename(self.document, path, said)
            elif act == "put" and value_at(self.document, path[:-1]) is not None:
                put(self.document, path, said)
        return bool(edits)

    # What can be done about each kind of problem

    def _fix(self, problem: Any, path: Path) -> None:
        kind, rule = problem["type"], _rule_of(path)
        if rule is not None:
            self._leave_out(rule, blank=False)
        elif kind in UNION_KINDS:
            self._choose(problem, path)
        elif kind == "extra_forbidden":
            self._mend_key(problem["loc"], path)
        elif kind == "missing":
            self._supply(path, str(problem["loc"][-1]))
        elif kind == "literal_error" and (word := nearest(str(problem["input"]), words_of(problem))):
            self._put(path, word)
        elif path and path[-1] in _STAND_INS:
            self._put(path, _STAND_INS[path[-1]], blank=True)
        elif (at := _schema_of(self.document, path)) is not None:
            self._mend_column(at, path)
        elif path:
            self._leave_out(path)

    def _leave_out(self, path: Path, *, blank: bool = True) -> None:
        self.edits.append(("out", path, None))
        if blank:
            self.blanks.add(path)

    def _put(self, path: Path, value: Any, *, blank: bool = False) -> None:
        self.edits.append(("put", path, value))
        if blank:
            self.blanks.add(path)

    def _mend_key(self, loc: Path, path: Path) -> None:
        """A key that is nearly a known one is that one; another is left out."""
        beside = value_at(self.document, path[:-1])
        known = [key for key in known_keys(self.model, loc[:-1]) if key not in beside]
        name = nearest(str(path[-1]), sorted(known))
        if name is None:
            self._leave_out(path)
        else:
            self.edits.append(("rename", path, name))

    def _choose(self, problem: Any, path: Path) -> None:
        """The form that a wrong or missing word probably meant."""
        said, block = value_at(self.document, path), path[0]
        if not isinstance(said, dict):
            return self._leave_out(path)
        if problem["type"] == "union_tag_not_found" and (meant := misspelt_tag(said, path)):
            return self.edits.append(("rename", (*path, meant[0]), meant[1]))
        tag = str(problem.get("ctx", {}).get("tag", "")).removeprefix("port-")
        word = nearest(tag, words_of(problem)) if tag else None
        key = next((key for key in ("write", "kind") if tag and said.get(key) == tag), None)
        if word is not None and key is not None:
            self._put((*path, key), word)
        elif block == "inputPorts" and (kind := next((kind for key, kind in _KIND_OF if key in said), None)):
            self._put((*path, "kind"), kind)
        elif block == "outputPorts" and key != "kind":
            self._put((*path, "write"), "merge" if "keys" in said else "append", blank=True)
        else:
            self._leave_out(path)
        return None

    def _supply(self, path: Path, key: str) -> None:
        """Something for a key that is missing; where there is nothing, its owner is left out."""
        schema = _schema_of(self.document, path)
        if ("rename", path, key) in ((act, at[:-1], said) for act, at, said in self.edits):
            return  # it is there, misspelt
        if not path and key in self.given:
            self._put((key,), self.given[key], blank=True)
        elif schema is not None and path != schema:
            self._lose_schema(schema)
        elif path and path[0] == "inputPorts" and key == "schema":
            self._put((*path, key), {"ref": NOWHERE}, blank=True)
        elif path and key in _STAND_INS:
            self._put((*path, key), _STAND_INS[key], blank=True)
        elif path and path[0] == "outputPorts" and key == "keys":
            self._put((*path, "write"), "append", blank=True)
        elif path:
            self._leave_out(path)

    def _mend_column(self, schema: Path, path: Path) -> None:
        """A column whose words make no type keeps its name; one without a name takes its schema with it."""
        said = value_at(self.document, path)
        short = isinstance(value_at(self.document, schema), dict) and path[:-1] == schema
        if short:
            self._untype(path, _UNTYPED)
        elif path == schema or path[-1] == "name":
            self._lose_schema(schema)
        elif isinstance(path[-1], int) and isinstance(said, str):
            self._untype(path, {"name": said, "physicalType": _UNTYPED})
        elif isinstance(path[-1], str) and path[-1] not in _TYPE_WORDS:
            self._leave_out(path, blank=False)
        else:
            self._lose_type(path if isinstance(said, dict) else path[:-1])

    def _lose_type(self, path: Path) -> None:
        said = value_at(self.document, path)
        if isinstance(said, dict):
            kept = {key: below for key, below in said.items() if key not in _TYPE_WORDS}
            self._untype(path, {**kept, "physicalType": _UNTYPED})
        elif path:
            self._leave_out(path)

    def _untype(self, path: Path, column: Any) -> None:
        self._put(path, column)
        self.untyped.add(path)

    def _lose_schema(self, schema: Path) -> None:
        if schema[0] == "schemas":
            self._leave_out(schema)
        else:
            self._put(schema[:3], {"ref": NOWHERE}, blank=True)


def _keys_first(problem: Any) -> bool:
    """Unknown keys before all else: one of them may be the one that is missing."""
    return bool(problem["type"] != "extra_forbidden")


def _rule_of(path: Path) -> Path | None:
    """The rule that a path leads into; None where it leads into none."""
    for length, step in enumerate(path):
        if step == "quality" and len(path) > length + 1:
            return path[: length + 2]
    return None


def _schema_of(document: Document, path: Path) -> Path | None:
    """The list of columns that a path leads to or into; None where it leads to none."""
    if path[:1] == ("schemas",) and len(path) > 1:
        return path[:2]
    if len(path) > 2 and path[0] in ("inputPorts", "outputPorts") and path[2] == "schema":  # noqa: PLR2004
        said = value_at(document, path[:3])
        return path[:4] if isinstance(said, dict) and "ref" in said and path[3:4] == ("plus",) else path[:3]
    return None


def _last_first(path: Path) -> tuple[Any, ...]:
    """Deeper and later things first: leaving one out must not move the others."""
    steps = tuple((0, -step, "") if isinstance(step, int) else (1, 0, step) for step in path)
    return (-len(path), steps)


def lost_in(blanks: Sequence[Path] | set[Path] | frozenset[Path], block: str) -> Iterator[str]:
    """The names of what was left out whole of a block, such as inputPorts."""
    for path in blanks:
        if len(path) == 2 and path[0] == block:  # noqa: PLR2004
            yield str(path[1])
