"""The functions that SQL may call: Spark's own, as functions.txt lists them; any other call is a mistake.

The list is what SHOW SYSTEM FUNCTIONS of the locked Spark says, operators included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from lakemesh.errors import nearest
from lakemesh.plan.queries import names_before_brackets
from lakemesh.plan.validate.scopes import Problem

# What Spark's grammar takes beside its functions: https://spark.apache.org/docs/4.0.0/sql-ref-functions.html
SPECIAL = frozenset(("identifier", "timediff", "timestampadd", "timestampdiff", "try_cast"))
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
# Words of the grammar that a bracket may follow: no calls, and so no reason to look at the tree.
_WORDS = frozenset(
    "all array as by distinct else except from having in intersect join lateral materialized minus on over"
    " pivot qualify recursive rows select table tablesample then union unpivot using values"
    " view where with".split()
)
# Among so many names, what is less alike is only like by chance.
_ALIKE = 0.76
_NAME = re.compile(r"\w+(?=\()")
# Words that other systems have, and what does the same in Spark, where sqlglot does not know it.
_ELSEWHERE = {
    "array_length": "array_size",
    "charindex": "locate",
    "date_from_parts": "make_date",
    "generate_series": "sequence",
    "getdate": "current_timestamp",
    "json_extract": "get_json_object",
    "json_value": "get_json_object",
    "object_construct": "named_struct",
    "regexp_matches": "regexp_extract_all",
    "safe_divide": "try_divide",
    "string_split": "split",
    "to_varchar": "to_char",
    "unnest": "explode",
}


@cache
def known_functions() -> frozenset[str]:
    """The names of all functions that Spark has, in lower case."""
    text = files(__package__).joinpath("functions.txt").read_text(encoding="utf-8")
    return frozenset(text.split()) | SPECIAL


@cache
def _harmless() -> frozenset[str]:
    return known_functions() | _WORDS


def find_unknown(text: str, tree: Any, shift: int = 0) -> Iterator[Problem]:
    """The calls of functions that Spark does not have; `shift` is what the tree's offsets have too much."""
    called = {found[1].lower() for found in _CALL.finditer(text)}
    if called <= _harmless():  # nearly always, and much cheaper than a walk
        return
    from sqlglot import exp

    placed: set[int] = set()
    for node in tree.find_all(exp.Func):
        start, end = node.meta.get("start"), node.meta.get("end")
        if start is None or isinstance(node.parent, exp.Dot):
            continue
        placed.add(start - shift)
        name = text[start - shift : end - shift + 1].strip("`")
        if name.lower() not in known_functions() and name.isidentifier():
            yield _problem(name, start - shift, node)
    yield from _find_converted(text, placed)


def _find_converted(text: str, placed: set[int]) -> Iterator[Problem]:
    """The calls for which sqlglot has a grammar of its own: the tree does not say how they were named."""
    for name, offset in names_before_brackets(text):
        if name.lower() in _CONVERTED and offset not in placed:
            yield _problem(name, offset, None)


_CONVERTED = {"safe_cast": "try_cast", "try_convert": "try_cast", "convert": "cast", "json_object": "to_json"}


def _problem(name: str, offset: int, node: Any) -> Problem:
    near = _same_in_spark(name, node) or nearest(name.lower(), sorted(known_functions()), _ALIKE)
    hint = f" Did you mean '{near}'?" if near else ""
    return Problem(offset, f"Spark has no function '{name}'.{hint}", "unknown-function")


def _same_in_spark(name: str, node: Any) -> str | None:
    """What a function of another system is called in Spark; None where nobody knows."""
    said = _ELSEWHERE.get(name.lower()) or _CONVERTED.get(name.lower())
    if said is not None or node is None:
        return said
    found = _NAME.match(node.sql("databricks"))
    word = found.group().lower() if found else ""
    return word if word in known_functions() and word != name.lower() else None
