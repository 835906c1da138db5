"""explode and its like: one row for each item of an array or each entry of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.query.translate.calls import GENERATORS
from lakemesh.query.translate.expressions import bind
from lakemesh.query.translate.functions.arrays import in_struct
from lakemesh.query.translate.types import INT
from lakemesh.query.translate.values import Value

if TYPE_CHECKING:
    from lakemesh.query.translate.scope import Context

Item = tuple[str, Value]


def bare_call(node: exp.Expr) -> Any:
    """The call without the names that it is given."""
    return node.this if isinstance(node, exp.Alias | exp.Aliases) else node


def is_generator(node: exp.Expr) -> bool:
    """Whether an expression makes rows."""
    bare = bare_call(node)
    return isinstance(bare, exp.Anonymous) and str(bare.this).lower() in GENERATORS


def generated(node: exp.Anonymous, at: Context, names: list[str]) -> list[Item]:
    """The columns that a generator gives, under names where they are given.

    Raises QueryError where there are other names than columns.
    """
    called = str(node.this).lower()
    if called not in GENERATORS or len(node.expressions) != 1:
        raise QueryError(f"{called}() makes no rows here: explode, posexplode and inline of one argument do.")
    value = bind(node.expressions[0], at)
    items = _items(called.removesuffix("_outer"), value, called.endswith("_outer"))
    if names and len(names) != len(items):
        raise QueryError(f"{called}() gives {len(items)} columns, and {len(names)} names are there for them.")
    return [(name, item) for name, (_, item) in zip(names, items, strict=True)] if names else items


def _items(called: str, value: Value, outer: bool) -> list[Item]:
    kind = value.type
    if kind.name == "map":
        entries = [
            ("key", Value(f"map_keys({value.sql})", kind.inner[0])),
            ("value", Value(f"map_values({value.sql})", kind.inner[1])),
        ]
    elif kind.name == "array":
        entries = [("col", Value(value.sql, kind.inner[0]))]
    else:
        raise QueryError(f"{called}() takes an array or a map: this is of type {kind}.")
    if called == "inline":
        return _fields(entries[0][1], outer)
    items = [(name, Value(_unnested(entry.sql, outer), entry.type)) for name, entry in entries]
    if called == "posexplode":
        places = f"list_transform({entries[0][1].sql}, lambda w, i: CAST(i - 1 AS INTEGER))"
        return [("pos", Value(_unnested(places, outer), INT)), *items]
    return items


def _fields(structs: Value, outer: bool) -> list[Item]:
    if structs.type.name != "struct":
        raise QueryError("inline() takes an array of structs.")
    fields = [(name, in_struct(Value("s", structs.type), name)) for name in structs.type.fields]
    return [
        (name, Value(_unnested(f"list_transform({structs.sql}, lambda s: {field.sql})", outer), field.type))
        for name, field in fields
    ]


def _unnested(sql: str, outer: bool) -> str:
    # An array that is NULL or empty gives one row of NULL.
    return (
        f"unnest(CASE WHEN coalesce(len({sql}), 0) = 0 THEN [NULL] ELSE {sql} END)"
        if outer
        else f"unnest({sql})"
    )
