"""Expressions: each node of the tree as a value, or a refusal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from lakemesh.errors import QueryError
from lakemesh.query.translate import operators
from lakemesh.query.translate.calls import bind_call, bind_window
from lakemesh.query.translate.casts import cast, text_of, together
from lakemesh.query.translate.functions.arrays import at_index, in_struct
from lakemesh.query.translate.functions.json import get_json
from lakemesh.query.translate.functions.lambdas import LAMBDAS, Inside
from lakemesh.query.translate.functions.numbers import choose
from lakemesh.query.translate.functions.texts import rlike, trim
from lakemesh.query.translate.functions.times import part_of, unit_of
from lakemesh.query.translate.scope import Context, Query, fields_of, unknown_column
from lakemesh.query.translate.types import (
    BIGINT,
    BOOLEAN,
    DAYS,
    DOUBLE,
    INT,
    MONTHS,
    SECONDS,
    STRING,
    VOID,
    common,
    decimal,
    of_sql,
)
from lakemesh.query.translate.values import Value, constant, text, truth

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARED = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
             exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM"}  # fmt: skip
_RECKONED = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.IntDiv: "div"}
_BITS = {exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^"}
_JOINED = {exp.And: "AND", exp.Or: "OR"}
BARE = ("current_date", "current_timestamp", "current_timezone", "now")  # may stand without parentheses
_LARGEST_INT, _LARGEST_BIGINT = 2**31 - 1, 2**63 - 1
_MONTHLY = ("year", "quarter", "month")
_MICROSECONDS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1000, "microsecond": 1,
}  # fmt: skip
_MICROSECONDS_A_DAY = 24 * 3_600_000_000


def bind(node: exp.Expr, at: Context) -> Value:
    """The value of an expression; raises QueryError where it cannot be given as Databricks would."""
    kind = type(node)
    if kind in _COMPARED:
        return operators.compare(_COMPARED[kind], bind(node.this, at), bind(node.expression, at))
    if kind in _RECKONED:
        return operators.calculate(_RECKONED[kind], bind(node.this, at), bind(node.expression, at))
    if kind in _JOINED:
        return operators.both(_JOINED[kind], bind(node.this, at), bind(node.expression, at))
    if kind in _BITS:
        return operators.bitwise(_BITS[kind], bind(node.this, at), bind(node.expression, at))
    rule = _RULES.get(kind)
    if rule is None:
        raise QueryError(
            f"'{_shown(node)}' is not answered here: run it in Spark (a SQL step, or a notebook)."
        )
    return rule(node, at)


def _shown(node: exp.Expr) -> str:
    said = " ".join(node.sql("databricks").split())
    return said if len(said) <= 60 else said[:57] + "..."  # noqa: PLR2004


def _literal(node: exp.Expr, at: Context) -> Value:
    if node.is_string:
        return constant(node.name)
    said = node.name
    if said.isdigit():
        number = int(said)
        if number <= _LARGEST_INT:
            return Value(str(number), INT, number)
        kind = BIGINT if number <= _LARGEST_BIGINT else decimal(len(str(number)), 0)
        return Value(f"CAST({number} AS {kind.duck})", kind, number)
    if "e" in said.lower():
        return Value(f"CAST({said} AS DOUBLE)", DOUBLE)
    whole, _, part = said.partition(".")
    kind = decimal(max(len(whole.lstrip("0")) + len(part), 1), len(part))
    return Value(f"CAST({text(said)} AS {kind.duck})", kind, Decimal(said))


def _column(node: exp.Expr, at: Context) -> Value:
    parts = [part.name for part in node.parts] if isinstance(node, exp.Column) else [node.name]
    parameter = at.parameters.get(parts[0].lower())
    if parameter is not None:
        return fields_of(parameter, parts[1:])
    found = at.scope.find(parts)
    if found is not None:
        return found
    if len(parts) == 1 and parts[0].lower() in BARE:
        return bind_call(exp.Anonymous(this=parts[0]), at, bind)
    raise unknown_column(".".join(parts), at.scope, node)


def _dot(node: exp.Expr, at: Context) -> Value:
    # A name of five parts and more is a dot over a column: it means what the whole name means.
    if not isinstance(node.expression, exp.Identifier):
        raise QueryError(f"'{_shown(node)}' is not answered here.")
    parts = _parts(node)
    if parts is not None and not at.parameters.get(parts[0].lower()):
        found = at.scope.find(parts)
        if found is not None:
            return found
    return in_struct(bind(node.this, at), node.expression.name)


def _parts(node: exp.Expr) -> list[str] | None:
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        before = _parts(node.this)
        return None if before is None else [*before, node.expression.name]
    return [part.name for part in node.parts] if isinstance(node, exp.Column) else None


def _negative(node: exp.Expr, at: Context) -> Value:
    if isinstance(node.this, exp.Literal) and node.this.name == str(_LARGEST_INT + 1):
        return Value(f"CAST(-{node.this.name} AS INTEGER)", INT)
    return operators.negate(bind(node.this, at))


def _paren(node: exp.Expr, at: Context) -> Value:
    inner = bind(node.this, at)
    return Value(f"({inner.sql})", inner.type, inner.literal)


def _not(node: exp.Expr, at: Context) -> Value:
    return truth(f"(NOT {operators.as_condition(bind(node.this, at)).sql})")


def _between(node: exp.Expr, at: Context) -> Value:
    value = bind(node.this, at)
    low = operators.compare(">=", value, bind(node.args["low"], at))
    high = operators.compare("<=", value, bind(node.args["high"], at))
    return truth(f"({low.sql} AND {high.sql})")


def _in(node: exp.Expr, at: Context) -> Value:
    value = bind(node.this, at)
    asked = node.args.get("query")
    if asked is not None:
        query = at.query(asked.unnest(), at)
        if len(query.columns) != 1:
            raise QueryError("IN takes a query of one column.")
        return _in_query(value, query)
    if node.args.get("unnest") or not node.expressions:
        raise QueryError(f"'{_shown(node)}' is not answered here.")
    same = together([value, *(bind(item, at) for item in node.expressions)], "values of IN")
    return truth(f"({same[0].sql} IN ({', '.join(item.sql for item in same[1:])}))")


def _in_query(value: Value, query: Query) -> Value:
    kind = common(value.type, query.columns[0][1])
    if kind is None:
        raise QueryError(f"{value.type} IN a query of {query.columns[0][1]}: cast one of them.")
    found = cast(Value("c", query.columns[0][1]), kind)
    return truth(f"({cast(value, kind).sql} IN (SELECT {found.sql} FROM ({query.sql}) AS t(c)))")


def _is(node: exp.Expr, at: Context) -> Value:
    value, what = bind(node.this, at), node.expression
    if isinstance(what, exp.Null):
        return truth(f"({value.sql} IS NULL)")
    if isinstance(what, exp.Boolean):
        wanted = "true" if what.this else "false"
        return truth(f"({operators.as_condition(value).sql} IS NOT DISTINCT FROM {wanted})")
    raise QueryError(f"'{_shown(node)}' is not answered here.")


def _like(word: str) -> Callable[[exp.Expr, Context], Value]:
    def rule(node: exp.Expr, at: Context) -> Value:
        return _liked(node, at, word, "\\")

    return rule


def _liked(node: exp.Expr, at: Context, word: str, escape: str) -> Value:
    value, pattern = text_of(bind(node.this, at)), node.expression
    negated = "NOT " if node.args.get("negate") else ""
    if isinstance(pattern, exp.Any | exp.All):
        sign = " OR " if isinstance(pattern, exp.Any) else " AND "
        if negated or not pattern.this.expressions:
            raise QueryError(f"'{_shown(node)}' is not answered here: write one LIKE after the other.")
        each = [text_of(bind(item, at)).sql for item in pattern.this.expressions]
        return truth(f"({sign.join(f'({value.sql} {word} {p} ESCAPE {text(escape)})' for p in each)})")
    return truth(f"({value.sql} {negated}{word} {text_of(bind(pattern, at)).sql} ESCAPE {text(escape)})")


def _escape(node: exp.Expr, at: Context) -> Value:
    words = {exp.Like: "LIKE", exp.ILike: "ILIKE"}
    word = words.get(type(node.this))
    if word is None or not node.expression.is_string:
        raise QueryError(f"'{_shown(node)}' is not answered here.")
    return _liked(node.this, at, word, node.expression.name)


def _rlike(node: exp.Expr, at: Context) -> Value:
    return rlike(bind(node.this, at), bind(node.expression, at))


def _case(node: exp.Expr, at: Context) -> Value:
    pairs = [(_condition_of(node, branch, at), bind(branch.args["true"], at)) for branch in node.args["ifs"]]
    default = node.args.get("default")
    return operators.chosen(pairs, None if default is None else bind(default, at))


def _condition_of(node: exp.Expr, branch: exp.Expr, at: Context) -> Value:
    if node.this is None:
        return bind(branch.this, at)
    return operators.compare("=", bind(node.this, at), bind(branch.this, at))


def _if(node: exp.Expr, at: Context) -> Value:
    otherwise = node.args.get("false")
    return choose(
        bind(node.this, at), bind(node.args["true"], at), None if otherwise is None else bind(otherwise, at)
    )


def _cast(node: exp.Expr, at: Context) -> Value:
    if node.args.get("format") is not None:
        raise QueryError("a cast with a format is not answered here: use to_date or date_format.")
    tried = isinstance(node, exp.TryCast) and bool(node.args.get("safe", True))
    value = bind(node.this, at)
    made = cast(value, of_sql(node.args["to"]), tried)
    # 4L and cast(4 as bigint) look alike in the tree, and have other digits in Spark: operators.py refuses.
    suffixed = isinstance(node.this, exp.Literal) and made.type.is_whole and made.type != INT
    return replace(made, literal=value.literal if suffixed else None)


def _bracket(node: exp.Expr, at: Context) -> Value:
    if len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
        raise QueryError(f"'{_shown(node)}' is not answered here: use slice().")
    return at_index(bind(node.this, at), bind(node.expressions[0], at))


def _path(node: exp.Expr, at: Context) -> Value:
    value = bind(node.this, at)
    if value.type != STRING or not isinstance(node.expression, exp.JSONPath):
        raise QueryError(f"'{_shown(node)}' is not answered here: a path with : is read from a text.")
    steps = []
    for part in node.expression.expressions[1:]:
        if not isinstance(part, exp.JSONPathKey | exp.JSONPathSubscript) or not isinstance(
            part.this, str | int
        ):
            raise QueryError(f"'{_shown(node)}' is not answered here: only names and numbers in a path.")
        steps.append(f"[{part.this}]" if isinstance(part, exp.JSONPathSubscript) else f"['{part.this}']")
    return get_json(value, "$" + "".join(steps))


def _extract(node: exp.Expr, at: Context) -> Value:
    return part_of(node.name, bind(node.expression, at))


def _trim(node: exp.Expr, at: Context) -> Value:
    side = str(node.args.get("position") or "").upper()
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side, "trim")
    characters = node.args.get("expression")
    return trim(function, bind(node.this, at), None if characters is None else bind(characters, at))


def _interval(node: exp.Expr, at: Context) -> Value:
    unit, said = node.args.get("unit"), node.this
    if not isinstance(unit, exp.Var) or not isinstance(said, exp.Literal | exp.Neg):
        raise QueryError(
            f"'{_shown(node)}' is not answered here: write a number and a unit, such as INTERVAL 3 DAYS."
        )
    word = unit_of(constant(unit.name))
    number = f"-{said.this.name}" if isinstance(said, exp.Neg) else said.name
    try:
        int(number)
    except ValueError as error:
        raise QueryError(
            f"'{_shown(node)}' is not answered here: the number of an interval is a whole one."
        ) from error
    if word not in _MICROSECONDS:
        return Value(f"(INTERVAL '1 {word}' * ({number}))", MONTHS if word in _MONTHLY else DAYS)
    # Whole days are days of the calendar, however they are said.
    days, rest = divmod(abs(int(number)) * _MICROSECONDS[word], _MICROSECONDS_A_DAY)
    sign = -1 if int(number) < 0 else 1
    return Value(f"(INTERVAL '{sign * days} day' + INTERVAL '{sign * rest} microsecond')", SECONDS)


def _subquery(node: exp.Expr, at: Context) -> Value:
    query = at.query(node, at)
    if len(query.columns) != 1:
        raise QueryError("a query in the place of a value gives one column.")
    return Value(f"({query.sql})", query.columns[0][1])


def _exists(node: exp.Expr, at: Context) -> Value:
    return truth(f"EXISTS ({at.query(node.this.unnest(), at).sql})")


def _transform(node: exp.Expr, at: Context) -> Value:
    if not isinstance(node.expression, exp.Lambda):
        raise QueryError("transform() takes a lambda, such as x -> x + 1.")
    inside = Inside(node.expression, lambda body, names: bind(body, at.inside(names)), at.depth)
    return LAMBDAS["transform"](bind(node.this, at), inside)


def _array(node: exp.Expr, at: Context) -> Value:
    return bind_call(exp.Anonymous(this="array", expressions=list(node.expressions)), at, bind)


def _concat(node: exp.Expr, at: Context) -> Value:
    return bind_call(exp.Anonymous(this="concat", expressions=[node.this, node.expression]), at, bind)


_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Context], Value]] = {
    exp.Literal: _literal,
    exp.RawString: lambda node, at: constant(node.name),
    exp.National: lambda node, at: constant(node.name),
    exp.Boolean: lambda node, at: Value("true" if node.this else "false", BOOLEAN),
    exp.Null: lambda node, at: Value("NULL", VOID),
    exp.Column: _column,
    exp.Identifier: _column,
    exp.Dot: _dot,
    exp.Paren: _paren,
    exp.Not: _not,
    exp.Neg: _negative,
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is,
    exp.Like: _like("LIKE"),
    exp.ILike: _like("ILIKE"),
    exp.Escape: _escape,
    exp.RegexpLike: _rlike,
    exp.Case: _case,
    exp.If: _if,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Bracket: _bracket,
    exp.JSONExtract: _path,
    exp.Extract: _extract,
    exp.Trim: _trim,
    exp.Interval: _interval,
    exp.Subquery: _subquery,
    exp.Exists: _exists,
    exp.Transform: _transform,
    exp.Array: _array,
    exp.DPipe: _concat,
    exp.CurrentDate: lambda node, at: bind_call(exp.Anonymous(this="current_date"), at, bind),
    exp.Anonymous: lambda node, at: bind_call(node, at, bind),
    exp.Window: lambda node, at: bind_window(node, at, bind),
    exp.Filter: lambda node, at: bind_window(node, at, bind),
    exp.WithinGroup: lambda node, at: bind_window(node, at, bind),
    exp.IgnoreNulls: lambda node, at: bind_window(node, at, bind),
    exp.RespectNulls: lambda node, at: bind(node.this, at),
}
