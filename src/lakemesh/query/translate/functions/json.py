"""Functions of JSON texts."""

from __future__ import annotations

import re
from zlib import crc32

from lakemesh.errors import QueryError
from lakemesh.query.translate.casts import as_text, cast, text_of
from lakemesh.query.translate.functions.arrays import make_struct
from lakemesh.query.translate.functions.signature import Function
from lakemesh.query.translate.types import STRING, Type, array, of_sql
from lakemesh.query.translate.values import Value, cased, constant, let, literal_of, text

_PATH = re.compile(r"\$(\.[A-Za-z_][\w ]*|\[[0-9]+\]|\['[^'\]]+'\])*")
_PART = re.compile(r"\.([A-Za-z_][\w ]*)|\[([0-9]+)\]|\['([^'\]]+)'\]")


def get_json(value: Value, path: str) -> Value:
    """What lies at a path of a JSON text, as text: NULL where there is nothing, or the text is no JSON."""
    if not _PATH.fullmatch(path):
        raise QueryError(
            f"the JSON path '{path}' is not read here: only names and numbers, such as $.a.b[0]."
        )
    said = "$" + "".join(_step(part) for part in _PART.finditer(path))
    return Value(
        let(
            text_of(value).sql,
            lambda v: f"CASE WHEN json_valid({v}) THEN json_extract_string({v}, {text(said)}) END",
        ),
        STRING,
    )


def _step(part: re.Match[str]) -> str:
    name, index, quoted = part.groups()
    return f"[{index}]" if index is not None else f'."{name or quoted}"'


def _get_json_object(value: Value, path: Value) -> Value:
    return get_json(value, str(literal_of(path, "the path of get_json_object()")))


def from_json(value: Value, schema: Value) -> Value:
    """A JSON text as the struct or array that a schema in DDL names; NULL fields where it does not fit."""
    kind = schema_of(str(literal_of(schema, "the schema of from_json()")))
    if kind.name not in ("struct", "array"):
        raise QueryError("from_json() reads structs and arrays here: run it in Spark for maps.")

    def parsed(v: str) -> str:
        wanted = "OBJECT" if kind.name == "struct" else "ARRAY"
        right = f"json_valid({v}) AND json_type({v}) = '{wanted}'"
        nothing = _nulls(kind)
        return cased(
            (f"{v} IS NULL", f"CAST(NULL AS {kind.duck})"),
            (right, _read(f"TRY_CAST({v} AS JSON)", kind)),
            otherwise=nothing,
        )

    return Value(let(text_of(value).sql, parsed), kind)


def schema_of(ddl: str) -> Type:
    """The type that a DDL text names: `a int, b string` is a struct, and so is `struct<a:int>`."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    for said in (f"struct<{ddl}>", ddl):
        try:
            return of_sql(sqlglot.parse_one(said, read="databricks", into=exp.DataType))
        except (SqlglotError, QueryError):
            continue
    raise QueryError(f"'{ddl}' is no schema that is read here: write it as 'a int, b string'.")


def _nulls(kind: Type) -> str:
    if kind.name != "struct":
        return f"CAST(NULL AS {kind.duck})"
    fields = [Value(f"CAST(NULL AS {inner.duck})", inner) for inner in kind.inner]
    return make_struct(list(kind.fields), fields).sql


def _read(j: str, kind: Type) -> str:
    """A JSON value under a type: NULL where it is of another kind."""
    return let(j, lambda v: _fitted(v, kind))


def _fitted(v: str, kind: Type) -> str:
    said = f"json_extract_string({v}, '$')"
    is_a = f"json_type({v})"
    match kind.name:
        case "string":
            return said
        case "boolean":
            return f"CASE WHEN {is_a} = 'BOOLEAN' THEN CAST({said} AS BOOLEAN) END"
        case "tinyint" | "smallint" | "int" | "bigint":
            return f"CASE WHEN {is_a} IN ('UBIGINT', 'BIGINT') THEN TRY_CAST({said} AS {kind.duck}) END"
        case "double" | "float" | "decimal":
            number = f"TRY_CAST({said} AS {kind.duck})"
            return f"CASE WHEN {is_a} IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN {number} END"
        case "date" | "timestamp":
            tried = cast(Value(said, STRING), kind, tried=True).sql
            return f"CASE WHEN {is_a} = 'VARCHAR' THEN {tried} END"
        case "struct":
            pairs = zip(kind.fields, kind.inner, strict=True)
            values = [Value(_read(_child(v, name), inner), inner) for name, inner in pairs]
            return f"CASE WHEN {is_a} = 'OBJECT' THEN {make_struct(list(kind.fields), values).sql} END"
        case "array":
            each = _fitted("j", kind.inner[0])
            items = f"list_transform(json_extract({v}, '$[*]'), lambda j: {each})"
            return f"CASE WHEN {is_a} = 'ARRAY' THEN {items} END"
        case _:
            raise QueryError(f"from_json() reads no {kind} here: run it in Spark.")


def _child(v: str, name: str) -> str:
    path = '$."' + name + '"'
    return f"json_extract({v}, {text(path)})"


def to_json(value: Value) -> Value:
    """The JSON text of a struct, an array or a map; fields that are NULL are left out."""
    if value.type.name not in ("struct", "array", "map"):
        raise QueryError("to_json() takes a struct, an array or a map.")
    return Value(
        let(value.sql, lambda v: f"CASE WHEN {v} IS NULL THEN NULL ELSE {_written(v, value.type)} END"),
        STRING,
    )


def _written(v: str, kind: Type) -> str:
    match kind.name:
        case "struct":
            return _object(v, kind)
        case "array":
            held = f"j{crc32(v.encode()):x}"
            item = f"coalesce({_written(held, kind.inner[0])}, 'null')"
            return f"('[' || array_to_string(list_transform({v}, lambda {held}: {item}), ',') || ']')"
        case "map":
            return _map_object(v, kind)
        case "void":
            return "CAST(NULL AS VARCHAR)"
        case "string" | "date":
            return _text(f"CAST({v} AS VARCHAR)")
        case "timestamp":
            fraction = f"strftime({v}, '%Y-%m-%dT%H:%M:%S.%g')"
            zone = f"strftime({v}, '%z')"
            whole = f"length({zone}) = 3"
            offset = cased((f"{zone} = '+00'", "'Z'"), (whole, f"{zone} || ':00'"), otherwise=zone)
            return f"('\"' || {fraction} || {offset} || '\"')"
        case "boolean" | "tinyint" | "smallint" | "int" | "bigint" | "decimal" | "double" | "float":
            return as_text(Value(v, kind))
        case _:
            raise QueryError(f"to_json() writes no {kind} here: run it in Spark.")


def _text(v: str) -> str:
    return f"CAST(to_json({v}) AS VARCHAR)"


def _object(v: str, kind: Type) -> str:
    pairs = zip(kind.fields, kind.inner, strict=True)
    fields = []
    for name, inner in pairs:
        field = f"struct_extract({v}, {constant(name).sql})"
        # NULL || text is NULL, which the filter leaves out.
        fields.append(f"({text(_quoted(name) + ':')} || {_written(field, inner)})")
    kept = f"list_filter([{', '.join(fields)}], lambda n: n IS NOT NULL)"
    inside = f"coalesce(array_to_string({kept}, ','), '')"
    return f"(CASE WHEN {v} IS NULL THEN NULL ELSE '{{' || {inside} || '}}' END)"


def _quoted(name: str) -> str:
    import json

    return json.dumps(name, ensure_ascii=False)


def _map_object(v: str, kind: Type) -> str:
    key = as_text(Value("j.key", kind.inner[0]))
    pair = f"{_text(key)} || ':' || coalesce({_written('j.value', kind.inner[1])}, 'null')"
    pairs = f"list_transform(map_entries({v}), lambda j: {pair})"
    return f"('{{' || coalesce(array_to_string({pairs}, ','), '') || '}}')"


def _length(value: Value) -> Value:
    v = text_of(value).sql
    sized = f"json_valid({v}) AND json_type({v}) = 'ARRAY'"
    return Value(f"CASE WHEN {sized} THEN CAST(json_array_length({v}) AS INTEGER) END", Type("int"))


def _keys(value: Value) -> Value:
    v = text_of(value).sql
    return Value(
        f"CASE WHEN json_valid({v}) AND json_type({v}) = 'OBJECT' THEN json_keys({v}) END", array(STRING)
    )


FUNCTIONS = {
    "from_json": Function(2, 2, from_json),
    "get_json_object": Function(2, 2, _get_json_object),
    "json_array_length": Function(1, 1, _length),
    "json_object_keys": Function(1, 1, _keys),
    "to_json": Function(1, 1, to_json),
}
