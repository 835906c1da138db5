"""The columns of a SELECT: stars opened, generators unrolled, a name for each as Databricks would give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from lakemesh.errors import QueryError, did_you_mean, known_words
from lakemesh.query.translate.expressions import BARE, bind
from lakemesh.query.translate.functions.arrays import in_struct
from lakemesh.query.translate.generators import bare_call, generated, is_generator
from lakemesh.query.translate.values import Value, name

if TYPE_CHECKING:
    from lakemesh.query.translate.scope import Context, Source


@dataclass(frozen=True)
class Item:
    """One column of what a SELECT gives."""

    name: str
    value: Value


def projected(node: exp.Select, at: Context) -> tuple[list[Item], Context]:
    """The columns of a SELECT, and the place that knows their aliases, too.

    Raises QueryError where two generators stand side by side.
    """
    items: list[Item] = []
    if sum(is_generator(item) for item in node.expressions) > 1:
        raise QueryError("one explode() in a SELECT: put the others into LATERAL VIEWs.")
    for said in node.expressions:
        made = _items(said, at)
        items += made
        if isinstance(said, exp.Alias) and not is_generator(said):
            aliases = {**at.scope.aliases, made[0].name.lower(): made[0].value}
            at = at.with_scope(replace(at.scope, aliases=aliases))
    if not items:
        raise QueryError("there is nothing to select.")
    for item in items:
        if item.value.type.is_interval:
            raise QueryError(
                f"'{item.name}' is an interval, which is not shown here: use datediff or timestampdiff."
            )
    return items, at


def _items(node: exp.Expr, at: Context) -> list[Item]:
    if isinstance(node, exp.Star):
        return _star(node, None, at)
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        return _star(node.this, ".".join(part.name for part in node.parts[:-1]), at)
    if is_generator(node):
        return [Item(n, value) for n, value in generated(bare_call(node), at, _names(node))]
    if isinstance(node, exp.Alias):
        return [Item(node.alias, bind(node.this, at))]
    return [Item(heading(node, at), bind(node, at))]


def _names(node: exp.Expr) -> list[str]:
    if isinstance(node, exp.Aliases):
        return [part.name for part in node.expressions]
    return [node.alias] if isinstance(node, exp.Alias) else []


def _star(star: exp.Star, qualifier: str | None, at: Context) -> list[Item]:
    if star.args.get("replace") or star.args.get("rename"):
        raise QueryError("SELECT * REPLACE is not answered here: name the columns.")
    left_out = {part.name.lower() for part in star.args.get("except_") or ()}
    items = _all_of(qualifier, at)
    known = [item.name for item in items]
    for word in left_out - {n.lower() for n in known}:
        raise QueryError(f"EXCEPT names no column: '{word}'.{known_words(known)}{did_you_mean(word, known)}")
    return [item for item in items if item.name.lower() not in left_out]


def _all_of(qualifier: str | None, at: Context) -> list[Item]:
    if qualifier is None:
        merged = [Item(column, value) for column, value in at.scope.merged.items()]
        items = [item for source in at.scope.sources for item in _columns(source)]
        return [*merged, *(item for item in items if item.name.lower() not in at.scope.merged)]
    called = [source for source in at.scope.sources if source.is_called(qualifier)]
    if called:
        return _columns(called[0])
    whole = at.scope.find(qualifier.split("."))
    if whole is not None and whole.type.name == "struct":
        return [Item(field, in_struct(whole, field)) for field in whole.type.fields]
    raise QueryError(f"there is nothing called '{qualifier}' to take * of.")


def _columns(source: Source) -> list[Item]:
    return [
        Item(column, Value(f"{name(source.alias)}.{name(column)}", kind)) for column, kind in source.columns
    ]


def heading(node: exp.Expr, at: Context) -> str:
    """The name of a column that has none of its own: that of what it reads, or its text."""
    match node:
        case exp.Column() if node.name.lower() in BARE and at.scope.find([node.name]) is None:
            return f"{node.name.lower()}()"
        case exp.Column():
            return str(node.name)
        case exp.Dot() if isinstance(node.expression, exp.Identifier):
            return str(node.expression.name)
        case _:
            return str(node.sql("databricks", normalize_functions="lower"))
