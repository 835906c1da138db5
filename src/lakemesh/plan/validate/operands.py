"""Values that an operator or a function can never take together, by their types.

Only what Spark refuses for certain: text, variants and NULL go with anything simple, and of an unknown type
nothing is said.
Source: https://spark.apache.org/docs/4.0.0/sql-ref-ansi-compliance.html#type-coercion
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from lakemesh.plan.validate.arguments import short
from lakemesh.spec.types import STRING, Array, DataType, Decimal, Map, Primitive, Struct

if TYPE_CHECKING:
    from lakemesh.plan.validate.frames import Frame

Kinds = Callable[[Any], DataType | None]
"""The type of a node below; None where it is not known."""
_NESTED = (Array, Map, Struct)
_GROUPS = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float", "double"), "number"),
    **dict.fromkeys(("date", "timestamp", "timestamp_ntz"), "moment"),
    "boolean": "boolean",
    "binary": "binary",
}
# What takes dates and timestamps, too.
_OF_MOMENTS = frozenset("Add Sub Sum Avg".split())
_NEVER = ("boolean", "binary", "Array", "Map", "Struct")
# By the names of sqlglot's classes, so that this module needs no import of sqlglot.
_SUMS = frozenset("Add Sub Mul Div IntDiv Mod Neg Abs Round Ceil Floor Sqrt Sum Avg".split())
_TEXTS = frozenset("Upper Lower Trim Initcap Length Like ILike RegexpLike RegexpReplace".split())
_CONDITIONS = frozenset("Not And Or Where If".split())  # of HAVING Spark makes a boolean
_LISTS = frozenset("ArraySize ArrayContains ArrayDistinct SortArray ArrayMax ArrayMin".split())
_COMPARISONS = frozenset("EQ NEQ GT GTE LT LTE NullSafeEQ In Between".split())


def misfits(node: Any, kinds: Kinds) -> Iterator[tuple[Any, str]]:
    """What directly below a node cannot be there, and why not."""
    name = type(node).__name__
    if name in _SUMS:
        yield from _no_numbers(node, kinds)
    elif name in _TEXTS:
        kind = kinds(node.this)
        if isinstance(kind, _NESTED):
            yield node.this, f"{_said(node.this)} is {a(kind)}, and {_called(node)} needs text"
    elif name in _CONDITIONS:
        yield from _no_conditions(node, kinds)
    elif name in _LISTS or name == "Bracket":
        yield from _no_lists(node, kinds)
    elif name in _COMPARISONS:
        for other in _compared(node):
            kind, beside = kinds(node.this), kinds(other)
            if kind is not None and beside is not None and apart(kind, beside):
                yield other, f"{_said(node.this)} is {a(kind)}, and this is {a(beside)}: they do not compare"
    yield from _branches_apart(node, kinds)


def columns_apart(node: Any, left: Frame, right: Frame) -> Iterator[tuple[Any, str]]:
    """The items on the right of UNION and its like whose column no type holds, and why not."""
    items = getattr(node.right, "selects", ())
    for at, ((name, kind), (_, other)) in enumerate(zip(left.fields, right.fields, strict=True)):
        if kind is not None and other is not None and apart(kind, other):
            item = items[at] if len(items) == len(right.fields) else node.right
            yield item, f"'{name}' is {a(kind)} in the query before, and this is {a(other)}"


def apart(one: DataType, other: DataType) -> bool:
    """Whether two types surely have no type in common that Spark would make of both."""
    if STRING in (one, other):
        return isinstance(one, _NESTED) or isinstance(other, _NESTED)
    groups = _group(one), _group(other)
    return None not in groups and groups[0] != groups[1]


def first_apart(kinds: list[DataType | None]) -> tuple[DataType, DataType] | None:
    """The first two types of a list that have none in common; None where all may have one."""
    known = [kind for kind in kinds if kind is not None]
    return next((pair for pair in combinations(known, 2) if apart(*pair)), None)


def a(kind: DataType) -> str:
    """A type with its article."""
    said = short(kind)
    return f"{'an' if said[0] in 'aeiou' else 'a'} {said}"


def _no_numbers(node: Any, kinds: Kinds) -> Iterator[tuple[Any, str]]:
    never = _NEVER if type(node).__name__ in _OF_MOMENTS else (*_NEVER, "moment")
    for side in (node.this, node.args.get("expression")):
        kind = kinds(side) if side is not None else None
        if kind is not None and _group(kind) in never:
            yield side, f"{_said(side)} is {a(kind)}, and {_called(node)} needs a number"


def _no_conditions(node: Any, kinds: Kinds) -> Iterator[tuple[Any, str]]:
    if type(node).__name__ == "If" and _compares(node.parent):
        return
    for side in (node.this, node.args.get("expression")):
        kind = kinds(side) if side is not None else None
        if kind is not None and _group(kind) not in (None, "boolean"):
            yield side, f"{_said(side)} is {a(kind)}, and this needs a condition: compare it"


def _compares(node: Any) -> bool:
    """Whether a node is a CASE whose branches say values, not conditions."""
    return type(node).__name__ == "Case" and node.this is not None


def _no_lists(node: Any, kinds: Kinds) -> Iterator[tuple[Any, str]]:
    kind = kinds(node.this)
    if kind is None or isinstance(kind, _NESTED):
        return
    if kind == STRING or _group(kind) is not None:
        yield node.this, f"{_said(node.this)} is {a(kind)}, and this needs an array"


def _branches_apart(node: Any, kinds: Kinds) -> Iterator[tuple[Any, str]]:
    """The first value of several that give one column which has no type in common with one before it."""
    known = [(one, kind) for one in _branches(node) if (kind := kinds(one)) is not None]
    for (_, kind), (other, beside) in combinations(known, 2):
        if apart(kind, beside):
            yield other, f"this is {a(beside)}, and a value before it is {a(kind)}: no column holds both"
            return


def _branches(node: Any) -> list[Any]:
    match type(node).__name__:
        case "Coalesce" | "Greatest" | "Least":
            return [node.this, *node.expressions]
        case "Array":
            return list(node.expressions)
        case "If":
            return [side for side in (node.args.get("true"), node.args.get("false")) if side is not None]
        case "Case":
            default = node.args.get("default")
            return [*(one.args["true"] for one in node.args["ifs"]), *([] if default is None else [default])]
        case _:
            return []


def _compared(node: Any) -> list[Any]:
    match type(node).__name__:
        case "In":
            return list(node.expressions)
        case "Between":
            return [node.args["low"], node.args["high"]]
        case _:
            return [node.expression]


def _group(kind: DataType) -> str | None:
    match kind:
        case Primitive(name):
            return _GROUPS.get(name)
        case Decimal():
            return "number"
        case _:
            return type(kind).__name__


def _called(node: Any) -> str:
    from sqlglot import exp

    return f"{node.sql_name().lower()}()" if isinstance(node, exp.Func) else "this"


def _said(node: Any) -> str:
    from sqlglot import exp

    return f"'{node.sql('databricks')}'" if isinstance(node, exp.Column | exp.Dot) else "this"
