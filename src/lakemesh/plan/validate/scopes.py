"""The names that a SQL expression may use, resolved as Spark resolves them.

A column of a source first, then the alias of an earlier column of the same list, then the enclosing query; a
dotted name as source and column first, then as column and field. Of an unknown source nothing is said.
Source: https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-name-resolution
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lakemesh.errors import did_you_mean, known_words
from lakemesh.spec.types import Array, DataType, Map, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.plan.validate.frames import Frame

Part = tuple[str, int]
"""One part of a dotted name and its offset."""
_CURLY = frozenset("\u2018\u2019\u201c\u201d")
_VARIANTS = ("variant", "void")


@dataclass(frozen=True)
class Problem:
    """Something wrong in a SQL text, at an offset."""

    offset: int
    message: str
    code: str = "unknown-column"


@dataclass
class Source:
    """One table of a FROM clause: its name and its columns; `merged` ones stand once, further left."""

    name: str
    frame: Frame
    merged: frozenset[str] = frozenset()


@dataclass
class Scope:
    """The names that an expression may use."""

    sources: list[Source] = field(default_factory=list)
    outer: Scope | None = None
    aliases: dict[str, DataType | None] = field(default_factory=dict)
    variables: dict[str, DataType | None] = field(default_factory=dict)
    ctes: Mapping[str, Frame] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether no source here can have columns beside those that are listed."""
        return all(source.frame.known for source in self.sources)

    def within(self, **changes: object) -> Scope:
        """The same scope with something changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def source(self, name: str) -> Source | None:
        """The source of this name, whatever its case."""
        return next((one for one in self.sources if one.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Resolved:
    """What a dotted name stands for: its type, None where unknown, and what is wrong with it."""

    kind: DataType | None = None
    problem: Problem | None = None


def resolve(parts: Sequence[Part], scope: Scope) -> Resolved:
    """What a dotted name stands for in a scope."""
    here: Scope | None = scope
    while here is not None:
        found = _resolve_here(parts, here)
        if found is not None:
            return found
        if not here.known:
            return Resolved()
        here = here.outer
    return Resolved(None, _unknown(parts, scope))


def _resolve_here(parts: Sequence[Part], scope: Scope) -> Resolved | None:
    first = parts[0][0].lower()
    if first in scope.variables:
        return walk(scope.variables[first], parts[1:], parts[0][0])
    if len(parts) > 1:
        source = scope.source(first)
        if source is not None and source.frame.may_have(parts[1][0]):
            return walk(source.frame.type_of(parts[1][0]), parts[2:], parts[1][0])
    holders = list(_holders(first, scope))
    if len(holders) > 1 and scope.known:
        message = _ambiguous(parts[0][0], list(dict.fromkeys(holders)))
        return Resolved(None, Problem(parts[0][1], message, "ambiguous"))
    if holders:
        holder = next(one for one in scope.sources if one.frame.has(first) and first not in one.merged)
        return walk(holder.frame.type_of(first), parts[1:], parts[0][0])
    if first in scope.aliases:
        return walk(scope.aliases[first], parts[1:], parts[0][0])
    return None


def _holders(name: str, scope: Scope) -> Iterator[str]:
    """The source of each column of a name; one that has it twice stands twice."""
    for source in scope.sources:
        if name not in source.merged:
            for _ in source.frame.by_name.get(name, ()):
                yield source.name or name


def _ambiguous(name: str, holders: list[str]) -> str:
    if len(holders) == 1:
        return f"'{name}' is ambiguous: '{holders[0]}' has it twice"
    named = " and ".join(f"'{holder}'" for holder in holders)
    return f"'{name}' is ambiguous: it stands in {named}; say which, as in {holders[0]}.{name}"


def _unknown(parts: Sequence[Part], scope: Scope) -> Problem:
    source = _source_anywhere(parts[0][0], scope) if len(parts) > 1 else None
    if source is not None:
        (name, offset), names = parts[1], list(source.frame.names)
        return Problem(offset, f"'{source.name}' has no column '{name}'.{hint(name, names)}")
    name, offset = parts[0]
    if name[:1] in _CURLY:
        return Problem(offset, f"{name[0]} is no quote of SQL: write '...' with the straight ones")
    known = list(dict.fromkeys(one for source in scope.sources for one in source.frame.names))
    where = ", ".join(f"'{source.name}'" for source in scope.sources if source.name)
    place = f"in {where}" if where else "here"
    return Problem(offset, f"there is no column '{name}' {place}.{hint(name, known)}")


def _source_anywhere(name: str, scope: Scope | None) -> Source | None:
    while scope is not None:
        source = scope.source(name)
        if source is not None:
            return source
        scope = scope.outer
    return None


def hint(name: str, known: Sequence[str]) -> str:
    """The known names, and the nearest of them."""
    return known_words(known) + did_you_mean(name, known)


def walk(kind: DataType | None, parts: Sequence[Part], above: str) -> Resolved:
    """The type of a field inside a column, part by part; a field of an array of structs is an array."""
    for name, offset in parts:
        if kind is None or (isinstance(kind, Primitive) and kind.name in _VARIANTS):
            return Resolved()
        inside = kind.item if isinstance(kind, Array) else kind
        if isinstance(inside, Map):
            below: DataType | None = inside.value
        elif isinstance(inside, Struct):
            below = inside.get(name)
            if below is None:
                message = f"'{above}' has no field '{name}'.{hint(name, inside.names)}"
                return Resolved(None, Problem(offset, message, "unknown-field"))
        else:
            message = f"'{above}' is {_a(kind)} and has no field '{name}'"
            return Resolved(None, Problem(offset, message, "unknown-field"))
        kind = Array(below) if isinstance(kind, Array) and below is not None else below
        above = f"{above}.{name}"
    return Resolved(kind)


def _a(kind: DataType) -> str:
    return f"{'an' if kind.ddl[0] in 'aeiou' else 'a'} {kind.ddl}"
