"""The types that SQL expressions give, as far as their form says them; None where it does not.

Spark's own rules for decimals and promotion are left to Spark: a type that is guessed would make findings
that are
wrong, which is worse than one that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lakemesh.spec.types import STRING, Array, DataType, Decimal, Map, Primitive, Struct, parse_type

if TYPE_CHECKING:
    from sqlglot import exp

BOOLEAN, BIGINT, INT = Primitive("boolean"), Primitive("bigint"), Primitive("int")
DOUBLE, DATE, TIMESTAMP = Primitive("double"), Primitive("date"), Primitive("timestamp")
WHOLE = ("tinyint", "smallint", "int", "bigint")
_MOST_DIGITS = 38
_MOST_INT = 2**31

# By the names of sqlglot's classes, so that this module needs no import of sqlglot.
_ALWAYS: dict[str, DataType] = {
    **dict.fromkeys(
        "Upper Lower Trim Initcap Concat ConcatWs DPipe Substring RegexpReplace RegexpExtract SHA2 SHA MD5"
        " Hex"
        " TimeToStr Replace Repeat JSONFormat JSONExtractScalar GroupConcat Uuid CurrentUser Reverse".split(),
        STRING,
    ),
    **dict.fromkeys(
        "Count CountIf ApproxDistinct UnixSeconds UnixMillis UnixMicros StrToUnix".split(), BIGINT
    ),
    **dict.fromkeys(
        "Length Year Month Day DayOfMonth DayOfYear Week WeekOfYear Quarter Hour Minute Second ArraySize"
        " DateDiff"
        " RowNumber Rank DenseRank Ntile StrPosition Levenshtein Ascii".split(),
        INT,
    ),
    **dict.fromkeys(
        "And Or Not EQ NEQ GT GTE LT LTE NullSafeEQ NullSafeNEQ Is In Between Like ILike RegexpLike Exists"
        " StartsWith EndsWith Contains ArrayContains LogicalAnd LogicalOr Boolean IsNan".split(),
        BOOLEAN,
    ),
    **dict.fromkeys("CurrentDate TsOrDsToDate LastDay AddMonths TsOrDsAdd".split(), DATE),
    **dict.fromkeys("CurrentTimestamp TimestampTrunc StrToTime TimestampAdd UnixToTime".split(), TIMESTAMP),
    **dict.fromkeys(
        "CumeDist PercentRank Sqrt Exp Ln Stddev StddevSamp StddevPop Variance VariancePop Rand".split(),
        DOUBLE,
    ),
    "JSONObjectKeys": Array(STRING),
    "RegexpSplit": Array(STRING),
    "ParseJSON": Primitive("variant"),
}
_SAME = frozenset(
    "Paren Min Max First Last FirstValue LastValue AnyValue ArgMax ArgMin Lag Lead Filter IgnoreNulls"
    " RespectNulls"
    " Distinct Abs Neg Alias Nullif ArrayFilter SortArray ArrayDistinct ArraySort Mode Window Coalesce"
    " Greatest"
    " Least".split()
)
_OF_ALL = frozenset(("Coalesce", "Greatest", "Least"))


def infer(node: Any, kinds: Callable[[Any], DataType | None]) -> DataType | None:
    """The type that a node gives, from the types that `kinds` knows of the nodes below it."""
    name = type(node).__name__
    if name in _ALWAYS:
        return _ALWAYS[name]
    if name in _OF_ALL:
        return common([kinds(node.this), *map(kinds, node.expressions)])
    if name in _SAME:
        return kinds(node.this)
    rule = _RULES.get(name)
    return rule(node, kinds) if rule else None


def common(kinds: Sequence[DataType | None]) -> DataType | None:
    """The one type of several values; of whole numbers the widest; None where they differ."""
    first = kinds[0] if kinds else None
    if all(kind == first for kind in kinds):
        return first
    names = [kind.name if isinstance(kind, Primitive) else "" for kind in kinds]
    if all(name in WHOLE for name in names):
        return Primitive(max(names, key=WHOLE.index))
    return None


def type_in(node: exp.DataType) -> DataType | None:
    """The type that a cast names; None where Spark has none of that name."""
    try:
        return parse_type(_ddl(node))
    except ValueError:
        return None


def _ddl(node: Any) -> str:
    # sqlglot calls Spark's timestamp TIMESTAMPTZ or TIMESTAMPLTZ; written back it is TIMESTAMP again.
    return str(node.sql("databricks")).replace("`", "")


def _cast(node: Any, kinds: Any) -> DataType | None:
    return type_in(node.args["to"])


def _literal(node: Any, kinds: Any) -> DataType | None:
    if node.is_string:
        return STRING
    text = str(node.this)
    if text.isdigit():
        return INT if int(text) < _MOST_INT else BIGINT
    whole, point, fraction = text.partition(".")
    if not point or not (whole + fraction).isdigit():
        return None
    digits = len(whole.lstrip("0")) + len(fraction)
    return Decimal(max(digits, len(fraction), 1), len(fraction)) if digits <= _MOST_DIGITS else None


def _sum(node: Any, kinds: Any) -> DataType | None:
    match kinds(node.this):
        case Primitive(name) if name in WHOLE:
            return BIGINT
        case Primitive("float" | "double"):
            return DOUBLE
        case Decimal(precision, scale):
            return Decimal(min(precision + 10, _MOST_DIGITS), scale)
        case _:
            return None


def _mean(node: Any, kinds: Any) -> DataType | None:
    match kinds(node.this):
        case Primitive(name) if name in (*WHOLE, "float", "double"):
            return DOUBLE
        case _:
            return None


def _whole(node: Any, kinds: Any) -> DataType | None:
    """Plus, minus, times: whole numbers stay whole, doubles stay doubles; the rest is Spark's to say."""
    sides = [kinds(node.this), kinds(node.expression)]
    if any(side == DOUBLE for side in sides) and all(isinstance(s, Primitive | Decimal) for s in sides):
        return DOUBLE if STRING not in sides else None
    kind = common(sides)
    return kind if isinstance(kind, Primitive) and kind.name in WHOLE else None


def _if(node: Any, kinds: Any) -> DataType | None:
    return common([kinds(branch) for branch in (node.args.get("true"), node.args.get("false")) if branch])


def _case(node: Any, kinds: Any) -> DataType | None:
    branches = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    return common([kinds(branch) for branch in (*branches, *([default] if default else []))])


def _list(node: Any, kinds: Any) -> DataType | None:
    item = kinds(node.this)
    return Array(item) if item else None


def _array(node: Any, kinds: Any) -> DataType | None:
    item = common([kinds(one) for one in node.expressions])
    return Array(item) if item else None


def _transform(node: Any, kinds: Any) -> DataType | None:
    item = kinds(node.expression)
    return Array(item) if item else None


def _struct(node: Any, kinds: Any) -> DataType | None:
    fields = []
    for field in node.expressions:
        name = field.this.name if type(field).__name__ == "PropertyEQ" else field.alias_or_name
        kind = kinds(field.expression) if type(field).__name__ == "PropertyEQ" else kinds(field)
        if not name or kind is None:
            return None
        fields.append((name, kind))
    return Struct(tuple(fields))


def _bracket(node: Any, kinds: Any) -> DataType | None:
    match kinds(node.this):
        case Array(item):
            return item
        case Map(_, value):
            return value
        case _:
            return None


def _reduce(node: Any, kinds: Any) -> DataType | None:
    """aggregate(): it is of the type that it starts with, unless a last function makes another of it."""
    return None if node.args.get("finish") else kinds(node.args.get("initial"))


def _date_trunc(node: Any, kinds: Any) -> DataType | None:
    return DATE


_RULES: dict[str, Callable[[Any, Any], DataType | None]] = {
    "Cast": _cast,
    "TryCast": _cast,
    "Literal": _literal,
    "Sum": _sum,
    "Avg": _mean,
    "Add": _whole,
    "Sub": _whole,
    "Mul": _whole,
    "If": _if,
    "Case": _case,
    "ArrayAgg": _list,
    "ArrayUniqueAgg": _list,
    "Array": _array,
    "Transform": _transform,
    "Struct": _struct,
    "Bracket": _bracket,
    "DateTrunc": _date_trunc,
    "Reduce": _reduce,
    "PropertyEQ": lambda node, kinds: kinds(node.expression),
}
