"""Calls of functions: plain ones, those with lambdas, aggregates, and what stands over a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from lakemesh.errors import QueryError, nearest
from lakemesh.query.translate.functions import (
    AGGREGATES,
    FUNCTIONS,
    LAMBDAS,
    Aggregate,
    Function,
    Group,
    Inside,
)
from lakemesh.query.translate.functions.arrays import make_struct
from lakemesh.query.translate.operators import as_condition
from lakemesh.query.translate.scope import Context, place_of, refuse_rest
from lakemesh.query.translate.values import Value, constant

Bind = Callable[[exp.Expr, Context], Value]
GENERATORS = frozenset("explode explode_outer posexplode posexplode_outer inline inline_outer".split())
# Their first argument of three is a unit, written like a column.
_WITH_UNIT = frozenset("date_add dateadd date_diff datediff timestampadd timestampdiff".split())
_WAY_OUT = "run it in Spark (a SQL step, or a notebook)."
# Among so many names, what is less alike is only like by chance.
_ALIKE = 0.76
_THREE = 3
# Which arguments of a function are lambdas, where it is not the second of two.
_FOLD = ([False, False, True], [False, False, True, True])
_SHAPES = {"aggregate": _FOLD, "reduce": _FOLD, "zip_with": ([False, False, True],)}
_CURRENT = "CURRENT ROW"


def bind_call(node: exp.Expr, at: Context, bind: Bind) -> Value:
    """A call of a function; raises QueryError for one that is not answered here."""
    name = str(node.this).lower()
    arguments = list(node.expressions)
    if name in LAMBDAS:
        return _with_lambdas(name, arguments, at, bind)
    if name in AGGREGATES:
        return _aggregate(node, Group(), at, bind)
    if name == "struct":
        return make_struct(
            [_field_name(a, n) for n, a in enumerate(arguments, 1)], [bind(_bare(a), at) for a in arguments]
        )
    if name == "current_timezone":
        return constant(at.zone)
    known = FUNCTIONS.get(name)
    if known is None:
        raise _unknown(name, node)
    if not known.takes(len(arguments)):
        raise QueryError(f"{name}() takes {known.counts}, not {len(arguments)}.")
    return _named(name, known, [_argument(name, a, n, arguments, at, bind) for n, a in enumerate(arguments)])


def _named(name: str, known: Function, values: list[Value]) -> Value:
    """What a function gives, its name in every complaint."""
    try:
        return known.rule(*values)
    except QueryError as error:
        said = str(error)
        raise (error if f"{name}()" in said else QueryError(f"{name}(): {said}")) from error


def _argument(
    name: str, node: exp.Expr, number: int, all_of: list[exp.Expr], at: Context, bind: Bind
) -> Value:
    is_unit = name in _WITH_UNIT and number == 0 and len(all_of) == _THREE
    if is_unit and isinstance(node, exp.Column) and not node.table:
        return constant(node.name)
    if name == "position" and isinstance(node, exp.In):
        raise QueryError("position(a IN b) is written position(a, b) here.")
    if isinstance(node, exp.Alias | exp.Star | exp.Distinct | exp.Lambda):
        raise QueryError(f"{name}() does not take '{node.sql('databricks')}'.")
    return bind(node, at)


def _unknown(name: str, node: exp.Expr) -> QueryError:
    if name in GENERATORS:
        return QueryError(f"{name}() makes rows: it stands alone in the SELECT list, or in LATERAL VIEW.")
    if name in ("hash", "xxhash64", "crc32"):
        return QueryError(f"{name}() gives other numbers here than on Databricks: use md5 or sha2.")
    from lakemesh.plan.validate.functions import known_functions  # only a call that failed needs it

    # A function that Spark has is not misspelt.
    near = None if name in known_functions() else nearest(name, {*FUNCTIONS, *AGGREGATES, *LAMBDAS}, _ALIKE)
    hint = f" Did you mean '{near}'?" if near else ""
    return QueryError(f"the function {name}() is not answered here as on Databricks.{hint} Or {_WAY_OUT}")


def _field_name(node: exp.Expr, number: int) -> str:
    if isinstance(node, exp.Alias):
        return str(node.alias)
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    return str(node.name) if isinstance(node, exp.Column) else f"col{number}"


def _bare(node: exp.Expr) -> exp.Expr:
    bare: exp.Expr = node.this if isinstance(node, exp.Alias) else node
    return bare


def _with_lambdas(name: str, arguments: list[exp.Expr], at: Context, bind: Bind) -> Value:
    def held(node: exp.Expr) -> Value | Inside:
        if isinstance(node, exp.Lambda):
            return Inside(node, lambda body, names: bind(body, at.inside(names)), at.depth)
        return bind(node, at)

    given = [held(node) for node in arguments]
    shape = [isinstance(g, Inside) for g in given]
    wanted = _SHAPES.get(name, ([False, True],))
    if shape not in wanted:
        raise QueryError(f"{name}() is written {name}(array, x -> ...) here.")
    return LAMBDAS[name](*given)


def bind_window(node: exp.Expr, at: Context, bind: Bind) -> Value:
    """An aggregate with FILTER, WITHIN GROUP, IGNORE NULLS or OVER around it."""
    group, within = Group(), []
    while not isinstance(node, exp.Anonymous):
        match node:
            case exp.Window():
                group = replace(group, over=f" OVER ({_window(node, at, bind)})")
            case exp.Filter():
                group = replace(group, condition=as_condition(bind(node.expression.this, at)).sql)
            case exp.IgnoreNulls():
                group = replace(group, ignores_nulls=True)
            case exp.RespectNulls():
                pass
            case exp.WithinGroup():
                within = list(node.expression.expressions)
            case _:
                raise QueryError(f"'{node.sql('databricks')[:60]}' does not stand over a window.")
        node = node.this
    return _aggregate(node, group, at, bind, within)


def _aggregate(
    node: exp.Expr, group: Group, at: Context, bind: Bind, within: list[exp.Expr] | None = None
) -> Value:
    name = str(node.this).lower()
    known = AGGREGATES.get(name)
    if known is None:
        raise QueryError(f"{name}() is no aggregate or window function that is answered here: {_WAY_OUT}")
    if known.needs_window and not group.over:
        raise QueryError(f"{name}() stands over a window: {name}(...) OVER (ORDER BY ...).")
    arguments = list(node.expressions)
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        group, arguments = replace(group, distinct=True), list(arguments[0].expressions)
    values = [Value("*", constant(1).type) if isinstance(a, exp.Star) else bind(a, at) for a in arguments]
    if within:
        group, values = _within(name, group, values, within, at, bind)
    return _checked(name, known, group, values)


def _within(
    name: str, group: Group, values: list[Value], within: list[exp.Expr], at: Context, bind: Bind
) -> tuple[Group, list[Value]]:
    if name.startswith("percentile") and len(within) == 1:
        if within[0].args.get("desc"):
            raise QueryError(f"{name}() in descending order is not answered here: ask for 1 minus the share.")
        return group, [bind(within[0].this, at), *values]
    return replace(group, order=f" ORDER BY {ordered(within, at, bind)}"), values


def _checked(name: str, known: Aggregate, group: Group, values: list[Value]) -> Value:
    if not known.fewest <= len(values) <= known.most:
        raise QueryError(f"{name}() does not take {len(values)} arguments.")
    if any(v.sql == "*" for v in values) and name != "count":
        raise QueryError(f"{name}(*) means nothing: name a column.")
    return known.rule(group, *values)


def ordered(items: list[exp.Expr], at: Context, bind: Bind) -> str:
    """The items of ORDER BY: NULL is smaller than any value, unless it is said otherwise."""
    return ", ".join(f"{bind(item.this, at).sql}{direction(item)}" for item in items)


def direction(item: exp.Expr) -> str:
    """ASC or DESC, with the place of NULLs."""
    down = bool(item.args.get("desc"))
    return f" {'DESC' if down else 'ASC'} NULLS {'FIRST' if item.args.get('nulls_first') else 'LAST'}"


def _window(node: exp.Expr, at: Context, bind: Bind) -> str:
    alias = node.args.get("alias")
    if alias is not None:
        named = at.windows.get(alias.name.lower())
        if named is None:
            raise QueryError(f"{place_of(alias)}there is no window '{alias.name}'.")
        return _window(named, at, bind)
    refuse_rest(node, {"this", "partition_by", "order", "spec", "over", "alias"}, "OVER")
    partition = [bind(part, at).sql for part in node.args.get("partition_by") or ()]
    order = node.args.get("order")
    said = [f"PARTITION BY {', '.join(partition)}"] if partition else []
    if order is not None:
        said.append(f"ORDER BY {ordered(order.expressions, at, bind)}")
    spec = node.args.get("spec")
    return " ".join([*said, *([_frame(spec, at, bind)] if spec is not None else [])])


def _frame(spec: exp.Expr, at: Context, bind: Bind) -> str:
    if spec.args.get("exclude"):
        raise QueryError("EXCLUDE in a window's frame is not answered here.")
    start, end = (_bound(spec, side, at, bind) for side in ("start", "end"))
    return f"{str(spec.args['kind']).upper()} BETWEEN {start} AND {end or _CURRENT}"


def _bound(spec: exp.Expr, side: str, at: Context, bind: Bind) -> str:
    said, towards = spec.args.get(side), spec.args.get(f"{side}_side")
    if said is None:
        return ""
    if isinstance(said, str):
        word = said.upper()
        return word if word == _CURRENT else f"{word} {str(towards).upper()}"
    return f"{bind(said, at).sql} {str(towards).upper()}"
