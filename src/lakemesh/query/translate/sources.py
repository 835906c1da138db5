"""What stands in FROM: tables, queries, VALUES, ranges, exploded arrays, and how they are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.query.translate.calls import GENERATORS
from lakemesh.query.translate.casts import cast
from lakemesh.query.translate.expressions import bind
from lakemesh.query.translate.generators import generated
from lakemesh.query.translate.operators import as_condition
from lakemesh.query.translate.pivots import pivoted
from lakemesh.query.translate.scope import Columns, Context, Scope, Source, place_of, refuse_rest
from lakemesh.query.translate.types import BIGINT, common
from lakemesh.query.translate.values import Value, name

_TABLE = frozenset({"this", "db", "catalog", "alias", "pivots", "hints"})
_JOIN = frozenset({"this", "side", "kind", "on", "using", "hint"})
_KINDS = {
    ("", ""): "INNER JOIN", ("", "INNER"): "INNER JOIN", ("", "CROSS"): "CROSS JOIN",
    ("LEFT", ""): "LEFT JOIN", ("LEFT", "OUTER"): "LEFT JOIN", ("RIGHT", ""): "RIGHT JOIN",
    ("RIGHT", "OUTER"): "RIGHT JOIN", ("FULL", ""): "FULL JOIN", ("FULL", "OUTER"): "FULL JOIN",
    ("LEFT", "SEMI"): "SEMI JOIN", ("", "SEMI"): "SEMI JOIN", ("LEFT", "ANTI"): "ANTI JOIN",
    ("", "ANTI"): "ANTI JOIN",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table of the mesh as a query names it: where DuckDB finds it, its columns, the parts of its name."""

    sql: str
    columns: Columns
    parts: tuple[str, ...]


Tables = Mapping[int, Table]
"""The tables of a query by the identity of the node that names them."""


@dataclass(frozen=True)
class From:
    """FROM in DuckDB's words, and what the rest of the query sees of it."""

    sql: str
    scope: Scope


def read_from(node: exp.Expr, at: Context, tables: Tables) -> From:
    """The FROM of a SELECT with its joins and LATERAL VIEWs."""
    first = node.args.get("from_")
    if first is None:
        return From("", Scope(around=at.scope))
    sql, source = read_source(first.this, at, tables)
    found = From(sql, Scope((source,), at.scope))
    for join in node.args.get("joins") or ():
        found = _joined(found, join, at, tables)
    for view in node.args.get("laterals") or ():
        found = _exploded(found, view, at)
    return found


def read_source(node: exp.Expr, at: Context, tables: Tables) -> tuple[str, Source]:
    """One thing to read, under its alias."""
    match node:
        case exp.Table() if isinstance(node.this, exp.Anonymous):
            refuse_rest(node, _TABLE, "FROM")
            sql, columns, alias = *_made(node.this, at), str(node.this.this).lower()
            qualifiers: tuple[str, ...] = ()
        case exp.Table():
            refuse_rest(node, _TABLE, "FROM")
            sql, columns, alias, qualifiers = _table(node, at, tables)
        case exp.Subquery() if isinstance(node.this, exp.Query):
            refuse_rest(node, {"this", "alias", "pivots", "with_", "order", "limit", "offset"}, "a subquery")
            query = at.query(node, at.with_scope(Scope()))
            sql, columns, alias, qualifiers = f"({query.sql})", query.columns, f"_{id(node)}", ()
        case exp.Values():
            refuse_rest(node, {"expressions", "alias", "pivots"}, "VALUES")
            query = at.query(node, at)
            sql, columns, alias, qualifiers = f"({query.sql})", query.columns, f"_{id(node)}", ()
        case _:
            raise QueryError(f"'{node.sql('databricks')[:60]}' in FROM is not answered here.")
    source = _named(node, Source(alias, columns, qualifiers))
    sql = f"{sql} AS {name(source.alias)}({', '.join(name(column) for column, _ in source.columns)})"
    for pivot in node.args.get("pivots") or ():
        sql, source = pivoted(sql, source, pivot, at)
    return sql, source


def _named(node: exp.Expr, source: Source) -> Source:
    """The source under the alias that its node gives it, its columns too."""
    alias = node.args.get("alias")
    if alias is None:
        return source
    names = [column.name for column in alias.args.get("columns") or ()]
    columns = source.columns
    if names:
        if len(names) != len(columns):
            raise QueryError(f"{alias.name} has {len(columns)} columns, and {len(names)} names for them.")
        columns = tuple((n, kind) for n, (_, kind) in zip(names, columns, strict=True))
    if alias.this is None:
        return replace(source, columns=columns)
    return Source(alias.name, columns)


def _table(node: exp.Table, at: Context, tables: Tables) -> tuple[str, Columns, str, tuple[str, ...]]:
    table = tables.get(id(node))
    if table is None:
        if node.name.lower() not in at.ctes:
            raise QueryError(
                f"{place_of(node)}there is no table '{node.name}' here: WITH names it elsewhere."
            )
        return name(node.name.lower()), at.ctes[node.name.lower()], node.name, ()
    calls = tuple(".".join(table.parts[start:]).lower() for start in range(len(table.parts)))
    return table.sql, table.columns, table.parts[-1], calls


def _made(node: exp.Anonymous, at: Context) -> tuple[str, Columns]:
    """Rows that a function makes of its arguments: range, and explode and its like."""
    called = str(node.this).lower()
    if called in GENERATORS:
        items = generated(node, at, [])
        listed = ", ".join(f"{value.sql} AS {name(column)}" for column, value in items)
        return f"(SELECT {listed})", tuple((column, value.type) for column, value in items)
    if called != "range" or not 1 <= len(node.expressions) <= 3:  # noqa: PLR2004
        raise QueryError(f"{called}() is no table here: write domain.product.port.")
    ends = ", ".join(cast(bind(end, at), BIGINT).sql for end in node.expressions)
    return f"(SELECT * FROM range({ends}))", (("id", BIGINT),)


def _joined(left: From, join: exp.Expr, at: Context, tables: Tables) -> From:
    refuse_rest(join, _JOIN, "JOIN")
    kind = _KINDS.get((str(join.args.get("side") or ""), str(join.args.get("kind") or "")))
    if kind is None:
        raise QueryError(
            f"{join.args.get('side') or ''} {join.args.get('kind') or ''} JOIN is not answered here."
        )
    if isinstance(join.this, exp.Lateral):
        return _lateral(left, join, at, tables)
    sql, source = read_source(join.this, at, tables)
    both = replace(left.scope, sources=(*left.scope.sources, source))
    shown = left.scope if kind in ("SEMI JOIN", "ANTI JOIN") else both
    using, on = join.args.get("using"), join.args.get("on")
    if using:
        merged = {**left.scope.merged, **_merged([u.name for u in using], left.scope, source)}
        words = f"USING ({', '.join(name(u.name) for u in using)})"
        return From(
            f"{left.sql} {kind} {sql} {words}",
            replace(shown, merged=merged if shown is both else left.scope.merged),
        )
    if on is None:
        return From(
            f"{left.sql} {'CROSS JOIN' if kind == 'INNER JOIN' else kind} {sql}{_always(kind)}", shown
        )
    condition = as_condition(bind(on, at.with_scope(both)))
    return From(f"{left.sql} {kind} {sql} ON {condition.sql}", shown)


def _always(kind: str) -> str:
    return "" if kind in ("INNER JOIN", "CROSS JOIN") else " ON true"


def _merged(names: list[str], left: Scope, right: Source) -> dict[str, Value]:
    merged = {}
    for column in names:
        one, other = left.find_here([column]), right.find(column)
        if one is None or other is None:
            raise QueryError(f"USING ({column}): both sides need a column of that name.")
        if one.type != other.type and not (one.type.is_whole and other.type.is_whole):
            raise QueryError(f"USING ({column}) joins {one.type} with {other.type}: write ON with a cast.")
        merged[column.lower()] = Value(name(column), common(one.type, other.type) or one.type)
    return merged


def _lateral(left: From, join: exp.Expr, at: Context, tables: Tables) -> From:
    """LATERAL: a query, or a function that makes rows, that sees what stands before it."""
    node, inside = join.this, at.with_scope(left.scope)
    if join.args.get("on") is not None or str(join.args.get("side") or "") not in ("", "LEFT"):
        raise QueryError("LATERAL with ON is not answered here: put the condition into WHERE.")
    if isinstance(node.this, exp.Anonymous):
        sql, columns = _made(node.this, inside)
        source = _named(node, Source(str(node.this.this), columns))
    else:
        query = at.query(node.this, inside)
        sql, source = f"({query.sql})", _named(node, Source(f"_{id(node)}", query.columns))
    named = (
        f"LATERAL {sql} AS {name(source.alias)}({', '.join(name(column) for column, _ in source.columns)})"
    )
    words = f"LEFT JOIN {named} ON true" if join.args.get("side") else f"CROSS JOIN {named}"
    return From(f"{left.sql} {words}", replace(left.scope, sources=(*left.scope.sources, source)))


def _exploded(left: From, view: exp.Expr, at: Context) -> From:
    """LATERAL VIEW [OUTER] explode(...) t AS c."""
    if not isinstance(view.this, exp.Anonymous):
        raise QueryError("LATERAL VIEW takes explode, posexplode or inline.")
    alias = view.args["alias"]
    call = view.this
    called = str(call.this).lower()
    if view.args.get("outer") and not called.endswith("_outer"):
        call = exp.Anonymous(this=f"{called}_outer", expressions=call.expressions)
    items = generated(call, at.with_scope(left.scope), [c.name for c in alias.args.get("columns") or ()])
    columns = tuple((column, value.type) for column, value in items)
    source = Source(alias.name or f"_{id(view)}", columns)
    listed = ", ".join(f"{value.sql} AS {name(column)}" for column, value in items)
    named = f"{name(source.alias)}({', '.join(name(column) for column, _ in columns)})"
    sql = f"{left.sql} CROSS JOIN LATERAL (SELECT {listed}) AS {named}"
    return From(sql, replace(left.scope, sources=(*left.scope.sources, source)))
