"""Functions of texts."""

from __future__ import annotations

from collections.abc import Callable

from lakemesh.errors import QueryError
from lakemesh.query.translate.casts import cast, text_of
from lakemesh.query.translate.functions.signature import MANY, Function, plain
from lakemesh.query.translate.operators import join_text
from lakemesh.query.translate.patterns import groups_of, regex, replacement, searched
from lakemesh.query.translate.types import BINARY, BOOLEAN, INT, STRING, array
from lakemesh.query.translate.values import Value, cased, constant, fail, let, literal_of, whole_of

_S = STRING
_SHA2 = (0, 256)
# Letters that Java writes as several in the other case, and the Greek sigma, whose last form it knows.
_UPPER_ODD = (
    r"\x{149}\x{1f0}\x{390}\x{3b0}\x{587}\x{1e96}-\x{1e9a}\x{1f50}\x{1f52}\x{1f54}\x{1f56}"
    r"\x{1f80}-\x{1faf}\x{1fb2}-\x{1fb4}\x{1fb6}-\x{1fb7}\x{1fbc}\x{1fc2}-\x{1fc4}\x{1fc6}-\x{1fc7}"
    r"\x{1fcc}\x{1fd2}-\x{1fd3}\x{1fd6}-\x{1fd7}\x{1fe2}-\x{1fe4}\x{1fe6}-\x{1fe7}\x{1ff2}-\x{1ff4}"
    r"\x{1ff6}-\x{1ff7}\x{1ffc}\x{fb00}-\x{fb06}\x{fb13}-\x{fb17}"
)
_LOWER_ODD = r"\x{130}\x{3a3}"
_TITLE_ODD = r"\x{df}\x{1c4}-\x{1cc}\x{1f1}-\x{1f3}" + _UPPER_ODD + _LOWER_ODD


def substring(value: Value, start: Value, length: Value | None = None) -> Value:
    """Characters from a place: counted from 1, from the end where negative, and 0 means 1."""
    if value.type == BINARY:
        raise QueryError("substring of a binary is not answered here: decode it first.")

    def cut(s: str) -> str:
        at = cast(start, INT).sql
        begin = f"CASE WHEN {at} > 0 THEN {at} - 1 WHEN {at} < 0 THEN length({s}) + {at} ELSE 0 END"
        if length is None:
            return f"substring({s}, greatest({begin}, 0) + 1)"
        end = f"({begin}) + {cast(length, INT).sql}"
        return f"substring({s}, greatest({begin}, 0) + 1, greatest({end} - greatest({begin}, 0), 0))"

    sql = let(text_of(value).sql, cut)
    missing = [f"{v.sql} IS NULL" for v in (value, start, length) if v is not None]
    return Value(f"CASE WHEN {' OR '.join(missing)} THEN NULL ELSE {sql} END", STRING)


def concat(*values: Value) -> Value:
    """Texts, or arrays, one after the other: NULL where one is."""
    if values[0].type.name == "array":
        missing = " OR ".join(f"{value.sql} IS NULL" for value in values)
        joined = values[0].sql
        for value in values[1:]:
            joined = f"list_concat({joined}, {cast(value, values[0].type).sql})"
        return Value(f"CASE WHEN {missing} THEN NULL ELSE {joined} END", values[0].type)
    return join_text(list(values))


def concat_ws(separator: Value, *values: Value) -> Value:
    """Texts and arrays of texts with a separator between them, NULLs left out."""
    pieces = [
        f"coalesce({cast(v, array(STRING)).sql}, [])" if v.type.name == "array" else f"[{text_of(v).sql}]"
        for v in values
    ]
    together = f"flatten([{', '.join(pieces)}])" if pieces else "CAST([] AS VARCHAR[])"
    by = text_of(separator).sql
    joined = f"array_to_string(list_filter({together}, lambda w: w IS NOT NULL), {by})"
    return Value(cased((f"{by} IS NULL", "NULL"), otherwise=f"coalesce({joined}, '')"), STRING)


def _pattern(value: Value) -> str:
    return regex(str(literal_of(value, "a regular expression")))


def rlike(value: Value, pattern: Value) -> Value:
    """Whether a regular expression is found in a text."""
    found = searched(str(literal_of(pattern, "a regular expression")))
    return Value(f"regexp_matches({text_of(value).sql}, {found})", BOOLEAN)


def regexp_extract(value: Value, pattern: Value, group: Value | None = None) -> Value:
    """A group of the first match, the first one unless told; an empty text where nothing matches."""
    number = whole_of(group or constant(1), "the number of a group")
    said = str(literal_of(pattern, "a regular expression"))
    groups, _ = groups_of(said)
    if number > groups:
        raise QueryError(f"the regular expression '{said}' has {groups} groups: there is no group {number}.")
    return Value(f"regexp_extract({text_of(value).sql}, {_pattern(pattern)}, {number})", STRING)


def regexp_extract_all(value: Value, pattern: Value, group: Value | None = None) -> Value:
    """A group of every match."""
    number = whole_of(group or constant(1), "the number of a group")
    return Value(f"regexp_extract_all({text_of(value).sql}, {_pattern(pattern)}, {number})", array(STRING))


def _regexp_count(value: Value, pattern: Value) -> Value:
    found = f"regexp_extract_all({text_of(value).sql}, {_pattern(pattern)})"
    return Value(f"CAST(len({found}) AS INTEGER)", INT)


def _regexp_substr(value: Value, pattern: Value) -> Value:
    s = text_of(value).sql
    found = f"regexp_matches({s}, {_pattern(pattern)})"
    return Value(cased((found, f"regexp_extract({s}, {_pattern(pattern)})")), STRING)


def regexp_replace(value: Value, pattern: Value, by: Value) -> Value:
    """The text with every match replaced."""
    said = replacement(str(literal_of(by, "a replacement")))
    return Value(f"regexp_replace({text_of(value).sql}, {_pattern(pattern)}, {said}, 'g')", STRING)


def split(value: Value, pattern: Value, limit: Value | None = None) -> Value:
    """The pieces of a text between the matches of a regular expression."""
    said = str(literal_of(pattern, "a regular expression"))
    if limit is not None and not (isinstance(limit.literal, int) and limit.literal <= 0):
        raise QueryError(
            "split() with a limit is not answered here: leave the limit away, or run it in Spark."
        )
    if groups_of(said)[1]:
        raise QueryError("split() by a pattern that matches nothing is not answered here: run it in Spark.")
    return Value(f"string_split_regex({text_of(value).sql}, {_pattern(pattern)})", array(STRING))


def _pad(side: str) -> Function:
    def rule(value: Value, length: Value, by: Value | None = None) -> Value:
        s, n, pad = text_of(value).sql, cast(length, INT).sql, text_of(by or constant(" ")).sql
        padded = f"{side}pad({s}, {n}, CASE WHEN {pad} = '' THEN ' ' ELSE {pad} END)"
        bare = f"{s} IS NOT NULL AND {pad} = '' AND length({s}) < {n}"
        return Value(cased((bare, s), otherwise=padded), STRING)

    return Function(2, 3, rule)


def _trim(function: str) -> Function:
    def rule(value: Value, other: Value | None = None) -> Value:
        if other is None:
            return Value(f"{function}({text_of(value).sql}, ' ')", STRING)
        return Value(f"{function}({text_of(value).sql}, {text_of(other).sql})", STRING)

    return Function(1, 2, rule)


def trim(function: str, value: Value, characters: Value | None) -> Value:
    """TRIM(BOTH 'x' FROM value) and its like."""
    return Value(f"{function}({text_of(value).sql}, {text_of(characters or constant(' ')).sql})", STRING)


def _locate(part: Value, value: Value, start: Value | None = None) -> Value:
    if start is not None and start.literal != 1:
        raise QueryError("locate() from a place on is not answered here: use substring before.")
    return Value(f"CAST(instr({text_of(value).sql}, {text_of(part).sql}) AS INTEGER)", INT)


def _cased(function: str, odd: str, use: Callable[[str], str]) -> Function:
    """A function of case, where DuckDB knows the letters as Java does; any other letter is an error."""

    def rule(value: Value) -> Value:
        def careful(v: str) -> str:
            said = fail(f"{function}(): '{{}}' has a letter that has another case in Spark", v)
            return cased((f"regexp_matches({v}, '[{odd}]')", said), otherwise=use(v))

        return Value(let(text_of(value).sql, careful), STRING)

    return Function(1, 1, rule)


def _initial(v: str) -> str:
    words = f"string_split(lower({v}), ' ')"
    return f"array_to_string(list_transform({words}, lambda w: upper(w[1]) || substring(w, 2)), ' ')"


def _sha2(value: Value, bits: Value) -> Value:
    if bits.literal not in _SHA2:
        raise QueryError("sha2() is answered for 256 bits here: run it in Spark for others.")
    return Value(f"sha256({text_of(value).sql})", STRING)


def _split_part(value: Value, separator: Value, number: Value) -> Value:
    if not isinstance(number.literal, int) or number.literal == 0:
        raise QueryError("split_part() takes the number of a part as a constant other than 0.")
    return Value(f"split_part({text_of(value).sql}, {text_of(separator).sql}, {number.sql})", STRING)


def _substring_index(value: Value, separator: Value, count: Value) -> Value:
    number = whole_of(count, "the count of substring_index()")
    s, by = text_of(value).sql, text_of(separator).sql
    if number == 0:
        return Value(f"CASE WHEN {s} IS NULL THEN NULL ELSE '' END", STRING)
    cut = f"[1:{number}]" if number > 0 else f"[{number}:]"
    return Value(
        f"CASE WHEN {s} IS NULL THEN NULL ELSE array_to_string(string_split({s}, {by}){cut}, {by}) END",
        STRING,
    )


def _reverse(value: Value) -> Value:
    if value.type.name == "array":
        return Value(f"list_reverse({value.sql})", value.type)
    return Value(f"reverse({text_of(value).sql})", STRING)


def _replace(value: Value, old: Value, new: Value | None = None) -> Value:
    s, what, by = text_of(value).sql, text_of(old).sql, text_of(new or constant("")).sql
    return Value(f"replace({s}, {what}, {by})", STRING)


def _left(value: Value, length: Value) -> Value:
    n = cast(length, INT).sql
    return Value(f"left({text_of(value).sql}, greatest({n}, 0))", STRING)


def _right(value: Value, length: Value) -> Value:
    n = cast(length, INT).sql
    return Value(f"right({text_of(value).sql}, greatest({n}, 0))", STRING)


def _repeat(value: Value, count: Value) -> Value:
    return Value(f"repeat({text_of(value).sql}, greatest({cast(count, INT).sql}, 0))", STRING)


def _ascii(value: Value) -> Value:
    s = text_of(value).sql
    return Value(cased((f"{s} IS NULL", "NULL"), (f"{s} = ''", "0"), otherwise=f"unicode({s})"), INT)


_SUBSTRING = Function(2, 3, substring)
_LENGTH = plain("CAST(length({0}) AS INTEGER)", [_S], INT)
_RLIKE = Function(2, 2, rlike)
_LOWER = _cased("lower", _LOWER_ODD, lambda v: f"lower({v})")
# Java writes a sharp s as two letters.
_UPPER = _cased("upper", _UPPER_ODD, lambda v: f"upper(replace({v}, 'ß', 'ss'))")
FUNCTIONS = {
    "ascii": Function(1, 1, _ascii),
    "base64": plain("to_base64({0})", [BINARY], _S),
    "unbase64": plain("from_base64({0})", [_S], BINARY),
    "btrim": _trim("trim"),
    "char_length": _LENGTH,
    "character_length": _LENGTH,
    "len": _LENGTH,
    "length": _LENGTH,
    "octet_length": plain("CAST(octet_length(encode({0})) AS INTEGER)", [_S], INT),
    "concat": Function(1, MANY, concat),
    "concat_ws": Function(1, MANY, concat_ws),
    "contains": plain("contains({0}, {1})", [_S, _S], BOOLEAN),
    "startswith": plain("starts_with({0}, {1})", [_S, _S], BOOLEAN),
    "endswith": plain("ends_with({0}, {1})", [_S, _S], BOOLEAN),
    "initcap": _cased("initcap", _TITLE_ODD, _initial),
    "instr": plain("CAST(instr({0}, {1}) AS INTEGER)", [_S, _S], INT),
    "locate": Function(2, 3, _locate),
    "position": Function(2, 3, _locate),
    "lcase": _LOWER,
    "lower": _LOWER,
    "ucase": _UPPER,
    "upper": _UPPER,
    "left": Function(2, 2, _left),
    "right": Function(2, 2, _right),
    "lpad": _pad("l"),
    "rpad": _pad("r"),
    "ltrim": Function(1, 1, lambda v: trim("ltrim", v, None)),
    "rtrim": Function(1, 1, lambda v: trim("rtrim", v, None)),
    "trim": Function(1, 1, lambda v: trim("trim", v, None)),
    "md5": plain("md5({0})", [_S], _S),
    "sha": plain("sha1({0})", [_S], _S),
    "sha1": plain("sha1({0})", [_S], _S),
    "sha2": Function(2, 2, _sha2),
    "regexp_extract": Function(2, 3, regexp_extract),
    "regexp_extract_all": Function(2, 3, regexp_extract_all),
    "regexp_replace": Function(3, 3, regexp_replace),
    "regexp_count": Function(2, 2, _regexp_count),
    "regexp_substr": Function(2, 2, _regexp_substr),
    "regexp_like": _RLIKE,
    "regexp": _RLIKE,
    "rlike": _RLIKE,
    "repeat": Function(2, 2, _repeat),
    "replace": Function(2, 3, _replace),
    "reverse": Function(1, 1, _reverse),
    "space": plain("repeat(' ', greatest({0}, 0))", [INT], _S),
    "split": Function(2, 3, split),
    "split_part": Function(3, 3, _split_part),
    "substr": _SUBSTRING,
    "substring": _SUBSTRING,
    "substring_index": Function(3, 3, _substring_index),
    "translate": plain("translate({0}, {1}, {2})", [_S, _S, _S], _S),
}
