"""Which types a cast turns into which, part by part, as Spark's ANSI cast allows it for single values.

Spark lets a cast inside an array, map or struct be more than a cast of the value alone, with NULL for every
one of them; here a cast means the same at every depth.
Source: https://spark.apache.org/docs/4.0.0/sql-ref-ansi-compliance.html#cast
"""

from __future__ import annotations

from lakemesh.plan.validate.arguments import short
from lakemesh.spec.types import STRING, Array, DataType, Decimal, Map, Primitive, Struct

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_NUMBERS = (*_WHOLE, "float", "double", "decimal")
_MOMENTS = ("date", "timestamp", "timestamp_ntz")
# What each type does not turn into; text, variants and the types that are not here turn into anything simple.
_NEVER: dict[str, tuple[str, ...]] = {
    "boolean": (*_MOMENTS, "binary"),
    **dict.fromkeys(_NUMBERS, ("date", "timestamp_ntz", "binary")),
    "date": ("boolean", *_NUMBERS, "binary"),
    "timestamp": ("boolean", "binary"),
    "timestamp_ntz": ("boolean", *_NUMBERS, "binary"),
    "binary": ("boolean", *_NUMBERS, *_MOMENTS),
}
_OPEN = ("variant", "void")


def why_not_castable(found: DataType, wanted: DataType, *, named: bool = True) -> str:
    """What keeps every value of a type from becoming one of another; nothing where nothing does.

    With `named` the fields of structs must keep their names, as they do in a cast step; SQL goes by position.
    """
    if wanted in (found, STRING) or _is_open(found):
        return _why_no_keys(found, wanted) if found == Primitive("variant") else ""
    match found, wanted:
        case Array(item), Array(other):
            return why_not_castable(item, other, named=named)
        case Map(key, value), Map(other_key, other):
            return _why_other_keys(key, other_key) or why_not_castable(value, other, named=named)
        case Struct(), Struct():
            return _why_other_fields(found, wanted, named)
        case _, Primitive("variant"):
            parts = [part for part in _parts(found) if isinstance(part, Struct | Map)]
            return f"{_a(parts[0])} does not become a variant: use to_variant_object" if parts else ""
        case Primitive() | Decimal(), Primitive() | Decimal():
            never = _NEVER.get(_name(found), ())
            return f"{_a(found)} does not become {_a(wanted)}" if _name(wanted) in never else ""
        case _:
            return f"{_a(found)} does not become {_a(wanted)}"


def _is_open(kind: DataType) -> bool:
    return isinstance(kind, Primitive) and kind.name in _OPEN


def _name(kind: DataType) -> str:
    return kind.name if isinstance(kind, Primitive) else "decimal"


def _parts(kind: DataType) -> list[DataType]:
    return [kind, *_parts(kind.item)] if isinstance(kind, Array) else [kind]


def _why_no_keys(found: DataType, wanted: DataType) -> str:
    if isinstance(wanted, Map) and wanted.key != STRING:
        return f"the keys of {_a(found)} are text, not {short(wanted.key)}"
    return ""


def _why_other_keys(found: DataType, wanted: DataType) -> str:
    """Keys may not become NULL, so they turn only into what holds them all."""
    if found == wanted or (wanted == STRING and not _is_open(found)) or _holds(found, wanted):
        return ""
    return f"its keys are {short(found)}, and a key may not be lost on its way to {short(wanted)}"


def _holds(found: DataType, wanted: DataType) -> bool:
    if not (isinstance(found, Primitive) and isinstance(wanted, Primitive)):
        return False
    order = (*_WHOLE, "double") if found.name in _WHOLE else ("float", "double")
    return found.name in order and wanted.name in order[order.index(found.name) :]


def _why_other_fields(found: Struct, wanted: Struct, named: bool) -> str:
    names = [[name.lower() for name in kind.names] for kind in (found, wanted)]
    if len(names[0]) != len(names[1]) or (named and names[0] != names[1]):
        return (
            f"it has the fields {', '.join(found.names)}, and a cast keeps them and their order:"
            f" {', '.join(wanted.names)} are others"
        )
    for (name, kind), (_, other) in zip(found.fields, wanted.fields, strict=True):
        why = why_not_castable(kind, other, named=named)
        if why:
            return f"in '{name}', {why}"
    return ""


def _a(kind: DataType) -> str:
    said = short(kind)
    return f"{'an' if said[0] in 'aeiou' else 'a'} {said}"
