"""Queries: SELECT, set operations and VALUES, each with the names and types of what it gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.query.translate.calls import direction
from lakemesh.query.translate.casts import cast, together
from lakemesh.query.translate.expressions import bind
from lakemesh.query.translate.operators import as_condition
from lakemesh.query.translate.projections import projected
from lakemesh.query.translate.scope import Columns, Context, Query, Scope, refuse_rest
from lakemesh.query.translate.sources import From, Tables, read_from
from lakemesh.query.translate.types import VOID, Type, common
from lakemesh.query.translate.values import Value, name

if TYPE_CHECKING:
    from lakemesh.query.translate.projections import Item

_SELECT = frozenset(
    "with_ kind expressions from_ joins laterals where group having qualify windows order limit offset"
    " distinct operation_modifiers hint".split()
)


def translate(tree: exp.Expr, tables: Tables, zone: str) -> Query:
    """A query of Databricks SQL in DuckDB's words, over tables known by the nodes that name them.

    Raises QueryError for all that would not be answered as Databricks answers it.
    """

    def query(node: exp.Expr, at: Context) -> Query:
        return _query(node, at, tables)

    return query(tree, Context(Scope(), zone, query))


def _query(node: exp.Expr, at: Context, tables: Tables) -> Query:
    match node:
        case exp.Select():
            return _select(node, at, tables)
        case exp.SetOperation():
            return _set(node, at)
        case exp.Subquery():
            return _wrapped(node, at)
        case exp.Values():
            return _values(node, at)
        case _:
            raise QueryError(f"'{node.sql('databricks')[:60]}' is no query that is answered here.")


def _with(node: exp.Expr, at: Context) -> tuple[str, Context]:
    """WITH in DuckDB's words, and the place that knows its names."""
    said = node.args.get("with_")
    if said is None:
        return "", at
    if said.args.get("recursive"):
        raise QueryError("WITH RECURSIVE is not answered here: run it in Spark (a SQL step, or a notebook).")
    made = []
    for cte in said.expressions:
        query = at.query(cte.this, at)
        named = cte.args["alias"].args.get("columns") or ()
        columns = _renamed(cte.alias, query.columns, [n.name for n in named])
        heads = ", ".join(name(column) for column, _ in columns)
        made.append(f"{name(cte.alias.lower())}({heads}) AS ({query.sql})")
        at = replace(at, ctes={**at.ctes, cte.alias.lower(): columns})
    return f"WITH {', '.join(made)} ", at


def _renamed(called: str, columns: Columns, names: list[str]) -> Columns:
    if names and len(names) != len(columns):
        raise QueryError(f"'{called}' has {len(columns)} columns, and {len(names)} names for them.")
    return tuple((n, kind) for n, (_, kind) in zip(names, columns, strict=True)) if names else columns


def _select(node: exp.Select, at: Context, tables: Tables) -> Query:
    refuse_rest(node, _SELECT, "SELECT")
    if node.args.get("kind") or getattr(node.args.get("distinct"), "args", {}).get("on"):
        raise QueryError("SELECT AS and DISTINCT ON are not answered here.")
    head, at = _with(node, at)
    found = read_from(node, at, tables)
    windows = {window.name.lower(): window for window in node.args.get("windows") or ()}
    inside = replace(at, scope=found.scope, windows=windows)
    items, aliased = projected(node, inside)
    listed = ", ".join(f"{item.value.sql} AS {name(item.name)}" for item in items)
    distinct = "DISTINCT " if node.args.get("distinct") else ""
    sql = f"{head}SELECT {distinct}{listed}{_rest(node, found, inside, aliased, items)}"
    return Query(sql, tuple((item.name, item.value.type) for item in items))


def _rest(node: exp.Select, found: From, at: Context, aliased: Context, items: list[Item]) -> str:
    """All that follows the columns of a SELECT."""
    parts = [f" FROM {found.sql}"] if found.sql else []
    where, having, qualify = (node.args.get(word) for word in ("where", "having", "qualify"))
    if where is not None:
        parts.append(f" WHERE {as_condition(bind(where.this, at)).sql}")
    if node.args.get("group") is not None:
        parts.append(f" GROUP BY {_groups(node.args['group'], aliased)}")
    if having is not None:
        parts.append(f" HAVING {as_condition(bind(having.this, aliased)).sql}")
    if qualify is not None:
        parts.append(f" QUALIFY {as_condition(bind(qualify.this, aliased)).sql}")
    return "".join(parts) + _order(node, aliased, items) + _limits(node, at)


def _groups(group: exp.Expr, at: Context) -> str:
    refuse_rest(group, {"expressions", "all", "rollup", "cube"}, "GROUP BY")
    if group.args.get("all"):
        return "ALL"
    plain = [_group(item, at) for item in group.expressions]
    for word in ("rollup", "cube"):
        if any(not part.expressions for part in group.args.get(word) or ()):
            return f"{word.upper()} ({', '.join(plain)})"
    return ", ".join(plain)


def _group(item: exp.Expr, at: Context) -> str:
    match item:
        case exp.Rollup() | exp.Cube():
            word = "ROLLUP" if isinstance(item, exp.Rollup) else "CUBE"
            return f"{word} ({', '.join(_group(part, at) for part in item.expressions)})"
        case exp.GroupingSets():
            return f"GROUPING SETS ({', '.join(_set_of(part, at) for part in item.expressions)})"
        case exp.Tuple():
            return _set_of(item, at)
        case exp.Literal() if not item.is_string:
            return str(item.name)
        case _:
            return bind(item, at).sql


def _set_of(item: exp.Expr, at: Context) -> str:
    parts = item.expressions if isinstance(item, exp.Tuple) else [item.unnest()]
    return f"({', '.join(_group(part, at) for part in parts)})"


def _order(node: exp.Expr, at: Context, items: list[Item]) -> str:
    order = node.args.get("order")
    if order is None:
        return ""
    at = at.with_scope(replace(at.scope, aliases_first=True))
    first = order.expressions[0]
    if len(order.expressions) == 1 and first.this.sql().upper() == "ALL":
        return f" ORDER BY {', '.join(f'{n}{direction(first)}' for n, _ in enumerate(items, 1))}"
    return f" ORDER BY {', '.join(_ordered(item, at, items) for item in order.expressions)}"


def _ordered(item: exp.Expr, at: Context, items: list[Item]) -> str:
    by = item.this
    if isinstance(by, exp.Literal) and not by.is_string:
        return by.name + direction(item)
    if isinstance(by, exp.Column) and not by.table:
        at_place = [n for n, one in enumerate(items, 1) if one.name.lower() == by.name.lower()]
        if at_place:
            return f"{at_place[0]}{direction(item)}"
    return bind(by, at).sql + direction(item)


def _limits(node: exp.Expr, at: Context) -> str:
    said = ""
    for word in ("limit", "offset"):
        found = node.args.get(word)
        if found is not None:
            said += f" {word.upper()} {bind(found.expression, at.with_scope(Scope())).sql}"
    return said


def _wrapped(node: exp.Subquery, at: Context) -> Query:
    head, at = _with(node, at)
    inner = at.query(node.this, at)
    if not (head or node.args.get("order") or node.args.get("limit") or node.args.get("offset")):
        return inner
    return Query(f"{head}SELECT * FROM ({inner.sql}){_outside(node, inner.columns, at)}", inner.columns)


def _outside(node: exp.Expr, columns: Columns, at: Context) -> str:
    """ORDER BY and LIMIT of a whole query, which see its columns alone."""
    return _order_of(node, columns, at) + _limits(node, at)


def _order_of(node: exp.Expr, columns: Columns, at: Context) -> str:
    order = node.args.get("order")
    if order is None:
        return ""
    names = {column.lower(): Value(name(column), kind) for column, kind in columns}
    inside = at.with_scope(Scope(aliases=names, aliases_first=True))
    said = [
        (i.this.name if isinstance(i.this, exp.Literal) else bind(i.this, inside).sql) + direction(i)
        for i in order.expressions
    ]
    return f" ORDER BY {', '.join(said)}"


def _set(node: exp.SetOperation, at: Context) -> Query:
    refuse_rest(
        node,
        {"with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset"},
        "a set operation",
    )
    head, at = _with(node, at)
    left, right = at.query(node.this, at), at.query(node.expression, at)
    if node.args.get("by_name"):
        right = _by_name(left, right)
    columns = _shared(left, right)
    word = type(node).__name__.upper() + ("" if node.args.get("distinct") else " ALL")
    sql = f"({_under(left, columns)}) {word} ({_under(right, columns)})"
    return Query(f"{head}SELECT * FROM ({sql}){_outside(node, columns, at)}", columns)


def _by_name(left: Query, right: Query) -> Query:
    kinds = {column.lower(): (column, kind) for column, kind in right.columns}
    if sorted(kinds) != sorted(column.lower() for column, _ in left.columns):
        raise QueryError("UNION BY NAME takes two queries of the same names.")
    columns = tuple(kinds[column.lower()] for column, _ in left.columns)
    return Query(f"SELECT {', '.join(name(column) for column, _ in columns)} FROM ({right.sql})", columns)


def _shared(left: Query, right: Query) -> Columns:
    if len(left.columns) != len(right.columns):
        raise QueryError(f"a set operation of {len(left.columns)} columns with {len(right.columns)}.")
    shared = []
    for (column, one), (_, other) in zip(left.columns, right.columns, strict=True):
        kind = common(one, other)
        if kind is None:
            raise QueryError(
                f"the column '{column}' is {one} on one side and {other} on the other: cast one of them."
            )
        shared.append((column, kind))
    return tuple(shared)


def _under(query: Query, columns: Columns) -> str:
    """The query with its columns under the shared types."""
    if all(one == other for (_, one), (_, other) in zip(query.columns, columns, strict=True)):
        return query.sql
    names = [f"c{n}" for n, _ in enumerate(columns)]
    given = zip(names, query.columns, columns, strict=True)
    listed = [f"{cast(Value(n, kind), wanted).sql} AS {name(head)}" for n, (_, kind), (head, wanted) in given]
    return f"SELECT {', '.join(listed)} FROM ({query.sql}) AS t({', '.join(names)})"


def _values(node: exp.Values, at: Context) -> Query:
    rows = [
        [bind(cell, at) for cell in (row.expressions if isinstance(row, exp.Tuple) else [row])]
        for row in node.expressions
    ]
    if any(len(one) != len(other) for one, other in pairwise(rows)):
        raise QueryError("the rows of VALUES have different numbers of columns.")
    columns = [together(list(column), "values of a column") for column in zip(*rows, strict=True)]
    heads = tuple((f"col{n}", column[0].type) for n, column in enumerate(columns, 1))
    rows_sql = ", ".join(f"({', '.join(column[n].sql for column in columns)})" for n, _ in enumerate(rows))
    named = f"t({', '.join(name(head) for head, _ in heads)})"
    listed = ", ".join(f"{_typed(head, kind)} AS {name(head)}" for head, kind in heads)
    return Query(f"SELECT {listed} FROM (VALUES {rows_sql}) AS {named}", heads)


def _typed(head: str, kind: Type) -> str:
    return f"t.{name(head)}" if kind == VOID else f"CAST(t.{name(head)} AS {kind.duck})"
