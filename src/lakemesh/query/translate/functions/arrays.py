"""Functions of arrays, maps and structs."""

from __future__ import annotations

from lakemesh.errors import QueryError, did_you_mean, known_words
from lakemesh.query.translate.casts import array_of, cast, text_of, together
from lakemesh.query.translate.functions.signature import MANY, Function
from lakemesh.query.translate.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    a_map,
    array,
    struct,
)
from lakemesh.query.translate.values import Value, cased, constant, fail, let, literal_of, name

_OUTSIDE = "the index {} is outside of an array of {} items: use get() for NULL"
_OUTSIDE_AT = "element_at: the index {} is outside of an array of {} items: use try_element_at for NULL"


def items_of(value: Value, what: str) -> Type:
    """The type of an array's items; raises QueryError for what is no array."""
    if value.type.name != "array":
        raise QueryError(f"{what} wants an array: this is of type {value.type}.")
    return value.type.inner[0]


def at_index(value: Value, index: Value) -> Value:
    """value[index]: an item counted from 0, out of range an error; or what a map holds under a key."""
    if value.type.name == "map":
        return _in_map(value, index)
    kind = items_of(value, "[...]")
    i = cast(index, INT).sql

    def pick(a: str) -> str:
        outside = f"{i} < 0 OR {i} >= len({a})"
        return cased((outside, fail(_OUTSIDE, i, f"len({a})")), otherwise=f"{a}[{i} + 1]")

    return Value(let(value.sql, pick), kind)


def _in_map(value: Value, key: Value) -> Value:
    kind, found = value.type.inner
    return Value(f"{value.sql}[{cast(key, kind).sql}]", found)


def in_struct(value: Value, field: str) -> Value:
    """A field of a struct, or of every struct in an array; raises QueryError where there is none."""
    if value.type.name == "map":
        return _in_map(value, constant(field))
    if value.type.name == "array" and value.type.inner[0].name == "struct":
        one = in_struct(Value("s", value.type.inner[0]), field)
        return Value(f"list_transform({value.sql}, lambda s: {one.sql})", array(one.type))
    found = value.type.field(field) if value.type.name == "struct" else None
    if found is None:
        fields = value.type.fields
        raise QueryError(
            f"there is no field '{field}' in a value of type {value.type.name}."
            f"{known_words(fields)}{did_you_mean(field, fields)}"
        )
    return Value(f"struct_extract({value.sql}, {constant(found[0]).sql})", found[1])


def _get(value: Value, index: Value) -> Value:
    kind, i = items_of(value, "get()"), cast(index, INT).sql
    return Value(
        let(value.sql, lambda a: f"CASE WHEN {i} >= 0 AND {i} < len({a}) THEN {a}[{i} + 1] END"), kind
    )


def _element_at(tried: bool) -> Function:
    def rule(value: Value, index: Value) -> Value:
        if value.type.name == "map":
            return _in_map(value, index)
        kind, i = items_of(value, "element_at()"), cast(index, INT).sql
        zero = fail("element_at: an index is counted from 1")

        def pick(a: str) -> str:
            outside = "NULL" if tried else fail(_OUTSIDE_AT, i, f"len({a})")
            return cased((f"{i} = 0", zero), (f"abs({i}) > len({a})", outside), otherwise=f"{a}[{i}]")

        return Value(let(value.sql, pick), kind)

    return Function(2, 2, rule)


def _size(value: Value) -> Value:
    if value.type.name == "map":
        return Value(f"CAST(cardinality({value.sql}) AS INTEGER)", INT)
    items_of(value, "size()")
    return Value(f"CAST(len({value.sql}) AS INTEGER)", INT)


def _contains(value: Value, item: Value) -> Value:
    kind = items_of(value, "array_contains()")
    same = cast(item, kind) if STRING in (item.type, kind) else item
    a, x = value.sql, same.sql
    return Value(
        cased(
            (f"{a} IS NULL OR {x} IS NULL", "NULL"),
            (f"list_contains({a}, {x})", "true"),
            (f"{_has_null(a)}", "NULL"),
            otherwise="false",
        ),
        BOOLEAN,
    )


def _has_null(a: str) -> str:
    return f"len(list_filter({a}, lambda n: n IS NULL)) > 0"


def _position(value: Value, item: Value) -> Value:
    x = cast(item, items_of(value, "array_position()")).sql
    found = f"CAST(coalesce(list_position({value.sql}, {x}), 0) AS BIGINT)"
    return Value(cased((f"{value.sql} IS NULL OR {x} IS NULL", "NULL"), otherwise=found), BIGINT)


def _remove(value: Value, item: Value) -> Value:
    x = cast(item, items_of(value, "array_remove()")).sql
    kept = f"list_filter({value.sql}, lambda n: n IS NULL OR n <> {x})"
    return Value(cased((f"{x} IS NULL", "NULL"), otherwise=kept), value.type)


def distinct(sql: str) -> str:
    """The items of an array, each once, where it stood first; NULL is one of them."""
    first = "(list_position(w, d) = i) OR (d IS NULL AND len(list_filter(w[1:i], lambda n: n IS NULL)) = 1)"
    return f"list_transform([{sql}], lambda w: list_filter(w, lambda d, i: {first}))[1]"


def _distinct(value: Value) -> Value:
    items_of(value, "array_distinct()")
    return Value(distinct(value.sql), value.type)


def _union(left: Value, right: Value) -> Value:
    a, b = together([left, right], "arrays")
    both = f"CASE WHEN {a.sql} IS NULL OR {b.sql} IS NULL THEN NULL ELSE list_concat({a.sql}, {b.sql}) END"
    return Value(distinct(both), a.type)


def _shared(wanted: bool) -> Function:
    def rule(left: Value, right: Value) -> Value:
        a, b = together([left, right], "arrays")
        there = f"coalesce(list_contains({b.sql}, c), false) OR (c IS NULL AND {_has_null(b.sql)})"
        kept = f"list_filter({distinct(a.sql)}, lambda c: {'' if wanted else 'NOT '}({there}))"
        return Value(cased((f"{b.sql} IS NULL", "NULL"), otherwise=kept), a.type)

    return Function(2, 2, rule)


def _overlap(left: Value, right: Value) -> Value:
    a, b = together([left, right], "arrays")
    nulls = f"len({a.sql}) > 0 AND len({b.sql}) > 0 AND ({_has_null(a.sql)} OR {_has_null(b.sql)})"
    return Value(
        cased(
            (f"{a.sql} IS NULL OR {b.sql} IS NULL", "NULL"),
            (f"list_has_any({a.sql}, {b.sql})", "true"),
            (nulls, "NULL"),
            otherwise="false",
        ),
        BOOLEAN,
    )


def _sort(value: Value, ascending: Value | None = None) -> Value:
    items_of(value, "sort_array()")
    if ascending is not None and ascending.sql.lower() not in ("true", "false"):
        raise QueryError("sort_array() takes true or false as a constant.")
    down = ascending is not None and ascending.sql.lower() == "false"
    order = "'DESC', 'NULLS LAST'" if down else "'ASC', 'NULLS FIRST'"
    return Value(f"list_sort({value.sql}, {order})", value.type)


def _sort_last(value: Value) -> Value:
    items_of(value, "array_sort()")
    return Value(f"list_sort({value.sql}, 'ASC', 'NULLS LAST')", value.type)


def _join(value: Value, separator: Value, absent: Value | None = None) -> Value:
    texts = cast(value, array(STRING)).sql
    shown = f"list_filter({texts}, lambda n: n IS NOT NULL)"
    if absent is not None:
        shown = f"list_transform({texts}, lambda n: coalesce(n, {text_of(absent).sql}))"
    joined = f"coalesce(array_to_string({shown}, {text_of(separator).sql}), '')"
    return Value(cased((f"{texts} IS NULL", "NULL"), otherwise=joined), STRING)


def _slice(value: Value, start: Value, length: Value) -> Value:
    items_of(value, "slice()")
    first, count = cast(start, INT).sql, cast(length, INT).sql

    def cut(a: str) -> str:
        begin = f"(CASE WHEN {first} > 0 THEN {first} ELSE len({a}) + {first} + 1 END)"
        return cased(
            (f"{first} = 0", fail("slice: a start is counted from 1")),
            (f"{count} < 0", fail("slice: a length is not negative")),
            (f"{begin} < 1 OR {count} = 0", f"{a}[1:0]"),
            otherwise=f"{a}[{begin}:{begin} + {count} - 1]",
        )

    return Value(let(value.sql, cut), value.type)


def _flatten(value: Value) -> Value:
    inner = items_of(value, "flatten()")
    return Value(cased((_has_null(value.sql), "NULL"), otherwise=f"flatten({value.sql})"), inner)


def _repeat(value: Value, count: Value) -> Value:
    n = cast(count, INT).sql
    return Value(f"list_transform(range(greatest({n}, 0)), lambda r: {value.sql})", array(value.type))


def _sequence(start: Value, stop: Value, step: Value | None = None) -> Value:
    if start.type in (DATE, TIMESTAMP):
        by = step.sql if step is not None else "INTERVAL 1 day"
        return Value(
            f"CAST(generate_series({start.sql}, {cast(stop, start.type).sql}, {by}) AS {start.type.duck}[])",
            array(start.type),
        )
    a, b = together([start, stop], "ends of a sequence")
    by = cast(step, BIGINT).sql if step is not None else f"CASE WHEN {a.sql} <= {b.sql} THEN 1 ELSE -1 END"
    return Value(f"CAST(generate_series({a.sql}, {b.sql}, {by}) AS {a.type.duck}[])", array(a.type))


def _append(template: str) -> Function:
    def rule(value: Value, item: Value) -> Value:
        x = cast(item, items_of(value, "array_append()")).sql
        return Value(
            cased((f"{value.sql} IS NULL", "NULL"), otherwise=template.format(value.sql, x)), value.type
        )

    return Function(2, 2, rule)


def _best(function: str) -> Function:
    return Function(1, 1, lambda value: Value(f"{function}({value.sql})", items_of(value, function)))


def _compact(value: Value) -> Value:
    items_of(value, "array_compact()")
    return Value(f"list_filter({value.sql}, lambda n: n IS NOT NULL)", value.type)


def _map(*pairs: Value) -> Value:
    if not pairs or len(pairs) % 2:
        raise QueryError("map() takes keys and values in turns.")
    keys, values = array_of(list(pairs[::2])), array_of(list(pairs[1::2]))
    return Value(f"map({keys.sql}, {values.sql})", a_map(keys.type.inner[0], values.type.inner[0]))


def _map_from_arrays(keys: Value, values: Value) -> Value:
    kind = a_map(items_of(keys, "map_from_arrays()"), items_of(values, "map_from_arrays()"))
    return Value(f"map({keys.sql}, {values.sql})", kind)


def _entries(value: Value) -> Value:
    key, held = _sides(value)
    return Value(f"map_entries({value.sql})", array(struct(("key", "value"), (key, held))))


def _sides(value: Value) -> tuple[Type, Type]:
    if value.type.name != "map":
        raise QueryError(f"a map is wanted: this is of type {value.type}.")
    return value.type.inner[0], value.type.inner[1]


def _map_has(value: Value, key: Value) -> Value:
    return Value(f"map_contains({value.sql}, {cast(key, _sides(value)[0]).sql})", BOOLEAN)


def make_struct(names: list[str], values: list[Value]) -> Value:
    """A struct of named values."""
    fields = ", ".join(f"{name(n)} := {v.sql}" for n, v in zip(names, values, strict=True))
    return Value(f"struct_pack({fields})", struct(tuple(names), tuple(v.type for v in values)))


def _named_struct(*pairs: Value) -> Value:
    if not pairs or len(pairs) % 2:
        raise QueryError("named_struct() takes names and values in turns.")
    names = [str(literal_of(n, "the name of a field")) for n in pairs[::2]]
    return make_struct(names, list(pairs[1::2]))


_SIZE = Function(1, 1, _size)
FUNCTIONS = {
    "array": Function(0, MANY, lambda *v: array_of(list(v)) if v else Value("[]", array(Type("void")))),
    "array_append": _append("list_append({0}, {1})"),
    "array_compact": Function(1, 1, _compact),
    "array_contains": Function(2, 2, _contains),
    "array_distinct": Function(1, 1, _distinct),
    "array_except": _shared(wanted=False),
    "array_intersect": _shared(wanted=True),
    "array_join": Function(2, 3, _join),
    "array_max": _best("list_max"),
    "array_min": _best("list_min"),
    "array_position": Function(2, 2, _position),
    "array_prepend": _append("list_prepend({1}, {0})"),
    "array_remove": Function(2, 2, _remove),
    "array_repeat": Function(2, 2, _repeat),
    "array_size": _SIZE,
    "array_sort": Function(1, 1, _sort_last),
    "array_union": Function(2, 2, _union),
    "arrays_overlap": Function(2, 2, _overlap),
    "cardinality": _SIZE,
    "element_at": _element_at(tried=False),
    "flatten": Function(1, 1, _flatten),
    "get": Function(2, 2, _get),
    "map": Function(2, MANY, _map),
    "map_contains_key": Function(2, 2, _map_has),
    "map_entries": Function(1, 1, _entries),
    "map_from_arrays": Function(2, 2, _map_from_arrays),
    "map_keys": Function(1, 1, lambda v: Value(f"map_keys({v.sql})", array(_sides(v)[0]))),
    "map_values": Function(1, 1, lambda v: Value(f"map_values({v.sql})", array(_sides(v)[1]))),
    "named_struct": Function(2, MANY, _named_struct),
    "sequence": Function(2, 3, _sequence),
    "size": _SIZE,
    "slice": Function(3, 3, _slice),
    "sort_array": Function(1, 2, _sort),
    "try_element_at": _element_at(tried=True),
}
