"""What names mean in a place of a query: the columns of its tables, aliases, parameters of lambdas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lakemesh.errors import QueryError, did_you_mean, known_words
from lakemesh.query.translate.functions.arrays import in_struct
from lakemesh.query.translate.types import Type
from lakemesh.query.translate.values import Value, name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlglot import exp

Columns = tuple[tuple[str, Type], ...]


@dataclass(frozen=True)
class Query:
    """A query in DuckDB's words, with the names and Spark types of what it gives."""

    sql: str
    columns: Columns


@dataclass(frozen=True)
class Source:
    """Something that a query reads under a name: its columns, and every way in which it may be called."""

    alias: str
    columns: Columns
    qualifiers: tuple[str, ...] = ()

    def find(self, column: str) -> Value | None:
        """A column, its name in any case; None where there is none."""
        return next(
            (
                Value(f"{name(self.alias)}.{name(n)}", kind)
                for n, kind in self.columns
                if n.lower() == column.lower()
            ),
            None,
        )

    def is_called(self, qualifier: str) -> bool:
        """Whether `qualifier.column` means a column of this source."""
        return qualifier.lower() in (self.alias.lower(), *self.qualifiers)


@dataclass(frozen=True)
class Scope:
    """The sources of one SELECT, its aliases so far, and the scope around it."""

    sources: tuple[Source, ...] = ()
    around: Scope | None = None
    aliases: Mapping[str, Value] = field(default_factory=dict)
    merged: Mapping[str, Value] = field(default_factory=dict)  # the columns of USING
    aliases_first: bool = False

    def find(self, parts: list[str]) -> Value | None:
        """What a name with its parts means here or around; None where it means nothing.

        Raises QueryError for a name that means two things.
        """
        for scope in self.outwards():
            found = scope.find_here(parts)
            if found is not None:
                return found
        return None

    def outwards(self) -> Iterator[Scope]:
        """This scope, and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.around

    def find_here(self, parts: list[str]) -> Value | None:
        """What a name means in this scope alone."""
        alias = self.aliases.get(parts[0].lower())
        if self.aliases_first and alias is not None:
            return fields_of(alias, parts[1:])
        for split in range(len(parts) - 1, 0, -1):
            found = self._in_source(".".join(parts[:split]), parts[split])
            if found is not None:
                return fields_of(found, parts[split + 1 :])
        found = self._unqualified(parts[0]) or alias
        return None if found is None else fields_of(found, parts[1:])

    def _in_source(self, qualifier: str, column: str) -> Value | None:
        called = [source for source in self.sources if source.is_called(qualifier)]
        return next((value for source in called if (value := source.find(column)) is not None), None)

    def _unqualified(self, column: str) -> Value | None:
        if column.lower() in self.merged:
            return self.merged[column.lower()]
        found = [value for source in self.sources if (value := source.find(column)) is not None]
        if len(found) > 1:
            names = [source.alias for source in self.sources if source.find(column) is not None]
            raise QueryError(
                f"the column '{column}' is in {' and in '.join(names)}: say which, as {names[0]}.{column}."
            )
        return found[0] if found else None

    @property
    def known(self) -> list[str]:
        """The names that can be said here."""
        columns = [column for source in self.sources for column, _ in source.columns]
        return list(dict.fromkeys([*columns, *self.aliases]))


@dataclass(frozen=True)
class Context:
    """Where an expression stands: its scope, its lambdas, named windows, and how queries in it are read."""

    scope: Scope
    zone: str
    query: Callable[[exp.Expr, Context], Query]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    windows: Mapping[str, exp.Window] = field(default_factory=dict)
    ctes: Mapping[str, Columns] = field(default_factory=dict)
    depth: int = 0

    def with_scope(self, scope: Scope) -> Context:
        """The same place under another scope."""
        return replace(self, scope=scope)

    def inside(self, parameters: Mapping[str, Value]) -> Context:
        """The place inside a lambda."""
        return replace(self, parameters={**self.parameters, **parameters}, depth=self.depth + 1)


def fields_of(value: Value, path: list[str]) -> Value:
    """A field of a field of a value."""
    for part in path:
        value = in_struct(value, part)
    return value


def unknown_column(said: str, scope: Scope, node: exp.Expr) -> QueryError:
    """The complaint about a name that means nothing here."""
    known = scope.known
    last = said.rpartition(".")[2]
    hint = did_you_mean(last, known)
    return QueryError(f"{place_of(node)}there is no column '{said}'.{known_words(known)}{hint}")


def place_of(node: exp.Expr) -> str:
    """Where a node stands in the text, as the beginning of a sentence; empty where that is not known."""
    from sqlglot import exp

    for part in node.find_all(exp.Identifier):
        line, end = part.meta.get("line"), part.meta.get("col")
        if line and end:
            return f"line {line}, column {max(1, end - len(part.name) + 1)}: "
    return ""


def refuse_rest(node: exp.Expr, allowed: Iterable[str], what: str) -> None:
    """Raise QueryError where a node says more than is read here."""
    for key, said in node.args.items():
        if said and key not in allowed:
            raise QueryError(
                f"'{key.rstrip('_')}' in {what} is not answered here:"
                " run it in Spark (a SQL step, or a notebook)."
            )
