"""Pydantic's errors as findings: at the place in the file, in our words, with a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakemesh.errors import Finding, did_you_mean, known_words, nearest
from lakemesh.spec.expectations import KINDS, LATER
from lakemesh.spec.keys import known_keys

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from lakemesh.spec.document import Document, Path

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a map of names to values",
    "tuple_type": "a list",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "datetime_type": "a date and time, such as 2026-01-02T00:00:00Z",
    "date_type": "a date, such as 2026-01-02",
    "is_instance_of": "a decimal number",
}
_LIMITS = {
    "too_short": "needs at least {min_length} of them",
    "string_too_short": "must not be empty",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
}
# What a pattern asks for, in words: by the field's own name.
_FORMS = {
    "version": "must be three numbers with dots between, such as 1.2.0",
    "secret": "must be scope/key, such as checkout/salt",
    "tenant": "must be the id of a tenant of Microsoft Entra ID, or one of its domains",
    "clientId": "must be the id of an application",
    "every": "must be a number and a unit, such as 5 minutes (minutes, hours, days or weeks)",
    "timeout": "must be a number and a unit, such as 30 minutes (minutes or hours)",
    "maxDeleted": "must be a share, such as 10 %",
}
# The key that a model's own sentence is about, by a word in it; the first that stands in the file.
_ABOUT = (
    ("onFailure", "onFailure"),
    ("cron", "Quartz"),
    ("avroSchema", "avroSchema"),
    ("format", "avroSchema"),
    ("minPerBatch", "minPerBatch"),
    ("physicalType", ""),
    ("logicalType", ""),
)
_LATER_OUTPUTS = ("blob", "eventhub")
_CHOICES = {
    "transformations": "one of sql, python, kind",
    "inputPorts": "'kind': eventhub, blob or product",
    "outputPorts": "'write': append, overwrite, merge or history",
}
_TAGS = {"transformations": ("sql", "python", "kind"), "inputPorts": ("kind",), "outputPorts": ("write",)}
# `where` is no misspelt `write`.
_ALIKE = 0.75
UNION_KINDS = ("union_tag_invalid", "union_tag_not_found")
_ARGUMENTS = frozenset(argument for kind in KINDS.values() for argument in kind.model_fields) - {"kind"}
_MANY = 12
_FEW = 3


@dataclass(frozen=True)
class Complaint:
    """One of pydantic's errors with the path in the file that it is about."""

    kind: str
    loc: Path
    path: Path
    """The steps of the location that stand in the file."""
    input: Any
    context: dict[str, Any]
    message: str

    @property
    def is_type(self) -> bool:
        """Whether it says only that a value is of another type."""
        return self.kind in _TYPES


def explain(
    error: ValidationError, document: Document, model: type[BaseModel], above: Path = ()
) -> list[Finding]:
    """One finding for each thing that a model refuses."""
    return explain_problems(error.errors(include_url=False), document, model, above)


def explain_problems(
    problems: Iterable[Any], document: Document, model: type[BaseModel], above: Path = ()
) -> list[Finding]:
    """One finding for each thing that a model refuses, from pydantic's list of problems."""
    complaints = [_complaint(problem, document, above) for problem in problems]
    found = [*_explain_types(complaints, document)]
    unknown = [one for one in complaints if one.kind == "extra_forbidden"]
    for one in complaints:
        if not one.is_type and not (one.kind == "missing" and _is_misspelt(one, unknown)):
            found.append(_explain_one(one, document, model))
    return list(dict.fromkeys(found))


def _complaint(problem: Any, document: Document, above: Path) -> Complaint:
    loc = (*above, *problem["loc"])
    return Complaint(
        problem["type"],
        loc,
        real_path(document, loc),
        problem["input"],
        problem.get("ctx", {}),
        str(problem["msg"]),
    )


def real_path(document: Document, loc: Path) -> Path:
    """The steps of a pydantic location that stand in the file; its tags of unions do not."""
    if loc[:1] == ("inputPorts",):  # the tag `product` is the name of a key as well
        loc = (*loc[:2], *loc[3:])
    path: Path = ()
    for step in loc:
        if document.has((*path, step)):
            path = (*path, step)
        elif (
            isinstance(step, int) and isinstance(short := _value(document, path), dict) and step < len(short)
        ):
            path = (*path, list(short)[step])  # a short map of names to types, which the model has as a list
    return path


def _explain_types(complaints: Sequence[Complaint], document: Document) -> Iterable[Finding]:
    """One finding for each value of a wrong type, whatever number of types it may have."""
    wanted: dict[Path, list[str]] = {}
    for one in complaints:
        better = (other for other in complaints if other is not one and not other.is_type)
        if one.is_type and not any(other.path[: len(one.path)] == one.path for other in better):
            wanted.setdefault(one.path, []).append(_TYPES[one.kind])
    for path, kinds in wanted.items():
        # Where one form of a union got further than another, the others' complaints are beside the point.
        if not any(other != path and other[: len(path)] == path for other in wanted):
            each = list(dict.fromkeys(kinds))
            said = " or ".join(each) if len(each) <= _FEW else "a single value"
            form = _FORMS.get(str(path[-1]) if path else "", "") if each == ["text"] else ""
            said = form.removeprefix("must be ") or said
            found = _value(document, path)
            is_said = isinstance(found, str | int | float) and document.has(path)
            it_is = f": it is {_quoted(found)}" if is_said else ""
            yield document.find(path, f"{_subject(document, path)} must be {said}{it_is}", "wrong-type")


def _is_misspelt(missing: Complaint, unknown: Iterable[Complaint]) -> bool:
    """Whether an unknown key beside it is surely the missing one: then that finding says it all."""
    name = str(missing.loc[-1])
    return any(one.loc[:-1] == missing.loc[:-1] and did_you_mean(str(one.loc[-1]), [name]) for one in unknown)


def _explain_one(one: Complaint, document: Document, model: type[BaseModel]) -> Finding:
    subject = _subject(document, one.path)
    if one.kind == "missing":
        return document.find(one.path, f"{subject} needs '{one.loc[-1]}'", "missing", key=True)
    if one.kind == "extra_forbidden":
        known = sorted(known_keys(model, one.loc[:-1]))
        message = f"unknown key '{one.loc[-1]}'.{known_words(known)}{did_you_mean(str(one.loc[-1]), known)}"
        rule = next((key for key in _value(document, one.path[:-1]) or () if key.startswith("expect_")), None)
        if rule is not None and one.loc[-1] in _ARGUMENTS:
            message = (
                f"'{one.loc[-1]}' is an argument of {rule}: write it inside, in its braces or indented below"
            )
        return document.find(one.path, message, "unknown-key", key=True)
    if one.kind in UNION_KINDS:
        return _explain_tag(one, document)
    if one.kind in ("literal_error", "enum"):
        known = _words(one.context)
        return document.find(one.path, _not_known(_written(one.input), known), "unknown-word")
    if one.kind in _LIMITS:
        return document.find(one.path, f"{subject} {_LIMITS[one.kind].format(**one.context)}", "invalid")
    if one.kind == "string_pattern_mismatch":
        said = _FORMS.get(str(one.path[-1]), f"must match {one.context['pattern']}")
        return document.find(one.path, f"{subject} {said}: it is '{one.input}'", "invalid")
    return _explain_sentence(one, document)


def _explain_sentence(one: Complaint, document: Document) -> Finding:
    """What a model itself says, at the key that it is about."""
    said = one.message.removeprefix("Value error, ")
    if said.startswith("Invalid isoformat"):
        said = f"must be a date and time, such as 2026-01-02T00:00:00Z: it is '{one.input}'"
    path = one.path
    for key, word in _ABOUT:
        if word in said and document.has((*path, key)):
            path = (*path, key)
            break
    gap = " " if said.split(" ")[0] in ("needs", "must") else ": "
    return document.find(path, f"{_subject(document, one.path)}{gap}{said}", "invalid")


def _explain_tag(one: Complaint, document: Document) -> Finding:
    """What no form of a union takes: the word that chooses the form is missing or unknown."""
    subject = _subject(document, one.path)
    field = str(one.context.get("discriminator", "")).strip("'")
    if not isinstance(one.input, dict):
        return document.find(one.path, f"{subject} must be a map", "wrong-type")
    if one.kind == "union_tag_not_found":
        meant = misspelt_tag(one.input, one.path)
        if meant is not None:
            message = f"unknown key '{meant[0]}'. Did you mean '{meant[1]}'?"
            return document.find((*one.path, meant[0]), message, "unknown-key", key=True)
        words = _CHOICES.get(str(one.path[0]) if len(one.path) == 2 else "", f"'{field}'")  # noqa: PLR2004
        return document.find(one.path, f"{subject} needs {words}", "missing", key=True)
    said = str(one.context["tag"]).removeprefix("port-")
    known = _words(one.context)
    if said in LATER:
        message = f"'{said}' is not built yet: it comes with a later version"
        return document.find((*one.path, said), message, "not-yet", key=True)
    if one.path[:1] == ("outputPorts",) and said in _LATER_OUTPUTS:
        message = f"an output of kind {said} is not built yet: it comes with a later version"
        return document.find((*one.path, "kind"), message, "not-yet")
    if document.has((*one.path, said)):
        return document.find((*one.path, said), _not_known(said, known), "unknown-word", key=True)
    key = next((key for key in (field, "kind") if document.has((*one.path, key))), field)
    return document.find((*one.path, key), _not_known(said, known), "unknown-word")


def misspelt_tag(said: dict[str, Any], path: Path) -> tuple[str, str] | None:
    """The key that is surely meant to be the one that chooses the form of a port or step, and that one."""
    tags = _TAGS.get(str(path[0]), ()) if len(path) == 2 else ()  # noqa: PLR2004
    for key in map(str, said):
        near = nearest(key, tags, _ALIKE)
        if near is not None and near not in said:
            return key, near
    return None


def words_of(problem: Any) -> list[str]:
    """The words that one of pydantic's problems would have taken."""
    return _words(problem.get("ctx", {}))


def _words(context: dict[str, Any]) -> list[str]:
    if "expected_tags" in context:
        return [word.strip("' ").removeprefix("port-") for word in context["expected_tags"].split(", ")]
    return str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")


def _not_known(said: str, known: Sequence[str]) -> str:
    near = did_you_mean(said, known)
    words = "" if near and len(known) > _MANY else known_words(known)
    return f"'{said}' is not known here.{words}{near}"


def _written(value: Any) -> str:
    """A value as YAML writes it."""
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) if _is_plain(value) else "this"


def _quoted(value: Any) -> str:
    return f"the text '{value}'" if isinstance(value, str) else _written(value)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _subject(document: Document, path: Path) -> str:
    """What a path is about, in words: its last name, or the name of the item in a list."""
    if not path:
        return "the file"
    if isinstance(path[-1], str):
        return f"'{path[-1]}'"
    value = _value(document, path)
    name = value.get("name") if isinstance(value, dict) else None
    if isinstance(name, str) and name:
        return f"'{name}'"
    above = _subject(document, path[:-1])
    return f"item {path[-1] + 1} of {above}"


def _value(document: Document, path: Path) -> Any:
    value = document.value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
