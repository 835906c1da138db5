"""Functions that take a function: what they do with `x -> ...`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakemesh.errors import QueryError
from lakemesh.query.translate.functions.arrays import items_of
from lakemesh.query.translate.operators import as_condition
from lakemesh.query.translate.types import BOOLEAN, INT, a_map, array
from lakemesh.query.translate.values import Value, cased

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

    Bind = Callable[[exp.Expr], Value]
    BindInside = Callable[[exp.Expr, dict[str, Value]], Value]


@dataclass(frozen=True)
class Inside:
    """A lambda with its parameters at hand: gives the body's value."""

    node: exp.Lambda
    bind: BindInside
    depth: int

    def names(self, count: int) -> list[str]:
        """DuckDB's names for the parameters: unlike those of any lambda around."""
        said = [parameter.name for parameter in self.node.expressions]
        if len(said) > count:
            raise QueryError(f"this lambda has {len(said)} parameters: at most {count} are given to it.")
        return [f"p{self.depth}_{at}" for at, _ in enumerate(said)]

    def body(self, values: list[Value]) -> Value:
        """The body over the values of its parameters."""
        said = [parameter.name.lower() for parameter in self.node.expressions]
        return self.bind(self.node.this, dict(zip(said, values, strict=False)))


def _over(a: Value, inside: Inside, what: str) -> tuple[str, Value]:
    """A lambda over an array's items, and their places from 0: its head, and its body."""
    kind = items_of(a, what)
    names = inside.names(2)
    given = [Value(names[0], kind)]
    if len(names) > 1:
        # DuckDB counts from 1.
        given.append(Value(f"CAST({names[1]} - 1 AS INTEGER)", INT))
    return f"lambda {', '.join(names)}:", inside.body(given)


def transform(a: Value, inside: Inside) -> Value:
    """An array of what the lambda makes of each item."""
    head, body = _over(a, inside, "transform()")
    return Value(f"list_transform({a.sql}, {head} {body.sql})", array(body.type))


def filter_items(a: Value, inside: Inside) -> Value:
    """The items for which the lambda is true."""
    head, body = _over(a, inside, "filter()")
    return Value(f"list_filter({a.sql}, {head} coalesce({as_condition(body).sql}, false))", a.type)


def exists(a: Value, inside: Inside) -> Value:
    """Whether the lambda is true for an item: NULL where it is true for none and NULL for one."""
    return _quantified(a, inside, "true", "false")


def forall(a: Value, inside: Inside) -> Value:
    """Whether the lambda is true for every item: NULL where it is false for none and NULL for one."""
    return _quantified(a, inside, "false", "true")


def _quantified(a: Value, inside: Inside, decisive: str, otherwise: str) -> Value:
    head, body = _over(a, inside, "exists() and forall()")
    each = f"list_transform({a.sql}, {head} {as_condition(body).sql})"
    bits = f"q{inside.depth}"
    told = cased(
        (f"{bits} IS NULL", "NULL"),
        (f"list_contains({bits}, {decisive})", decisive),
        (f"len(list_filter({bits}, lambda n: n IS NULL)) > 0", "NULL"),
        otherwise=otherwise,
    )
    return Value(f"list_transform([{each}], lambda {bits}: {told})[1]", BOOLEAN)


def aggregate(a: Value, start: Value, merge: Inside, finish: Inside | None = None) -> Value:
    """The items folded into a start, and what the last lambda makes of it."""
    held, item = f"p{merge.depth}_acc", f"p{merge.depth}_item"
    body = merge.body([Value(held, start.type), Value(item, items_of(a, "aggregate()"))])
    if body.type != start.type:
        raise QueryError(
            f"aggregate() begins with a {start.type} and goes on with a {body.type}: cast the start."
        )
    folded = f"list_reduce({a.sql}, lambda {held}, {item}: {body.sql}, {start.sql})"
    if finish is None:
        return Value(folded, start.type)
    end = finish.body([Value(f"f{finish.depth}", start.type)])
    return Value(f"list_transform([{folded}], lambda f{finish.depth}: {end.sql})[1]", end.type)


def zip_with(a: Value, b: Value, inside: Inside) -> Value:
    """What the lambda makes of the items of two arrays side by side; the shorter one ends in NULLs."""
    one, other = items_of(a, "zip_with()"), items_of(b, "zip_with()")
    pair = f"z{inside.depth}"
    body = inside.body([Value(f"{pair}[1]", one), Value(f"{pair}[2]", other)])
    return Value(f"list_transform(list_zip({a.sql}, {b.sql}), lambda {pair}: {body.sql})", array(body.type))


def map_filter(m: Value, inside: Inside) -> Value:
    """The entries of a map for which the lambda is true."""
    entry, key, value = _entry(m, inside)
    body = inside.body([key, value])
    kept = f"list_filter(map_entries({m.sql}), lambda {entry}: coalesce({as_condition(body).sql}, false))"
    return Value(f"map_from_entries({kept})", m.type)


def transform_values(m: Value, inside: Inside) -> Value:
    """The map with what the lambda makes of each value."""
    entry, key, value = _entry(m, inside)
    body = inside.body([key, value])
    values = f"list_transform(map_entries({m.sql}), lambda {entry}: {body.sql})"
    return Value(f"map(map_keys({m.sql}), {values})", a_map(key.type, body.type))


def _entry(m: Value, inside: Inside) -> tuple[str, Value, Value]:
    if m.type.name != "map":
        raise QueryError(f"a map is wanted: this is of type {m.type}.")
    key, value = m.type.inner
    entry = f"e{inside.depth}"
    return entry, Value(f"{entry}.key", key), Value(f"{entry}.value", value)


LAMBDAS: dict[str, Callable[..., Value]] = {
    "aggregate": aggregate,
    "exists": exists,
    "filter": filter_items,
    "forall": forall,
    "map_filter": map_filter,
    "reduce": aggregate,
    "transform": transform,
    "transform_values": transform_values,
    "zip_with": zip_with,
}
