"""What Spark refuses in SQL that sqlglot reads: broken patterns and schemas, QUALIFY."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from lakemesh.plan.dialect import why_no_columns

# What Java's patterns have and Python's have not; a pattern that is right only in Java must not be refused.
_JAVA = re.compile(
    r"\\[pPx]\{[^}]*\}|\\k<\w+>|\\[hHRXGZz]|\\Q.*?(?:\\E|$)|\(\?[a-zA-Z]*-[a-zA-Z]+\)", re.DOTALL
)
# What no pattern may have, in Java neither; of anything else that Python says Java may think otherwise.
_NEITHER = re.compile(r"missing \)|unbalanced|unterminated|bad character range [^\\]-[^\\]$|min rep")
# A repeat that Java cannot place: at the start of a group, or `*` behind another one.
_DANGLING = {
    "nothing to repeat": re.compile(r"(?:^|[(|])[*+?]$"),
    "multiple repeat": re.compile(r"[*+?}]\*$"),
}
# What only Python's have, outside of a set of characters and of an escape.
_PYTHON = re.compile(r"(?:\\.|\[(?:\\.|[^\]])*\]|[^\\\[])*?(\(\?P[<=>]|\{,\d*\})", re.DOTALL)
# By the names of sqlglot's classes, so that this module needs no import of sqlglot.
_MATCHERS = frozenset(
    "RegexpLike RegexpILike RegexpExtract RegexpExtractAll RegexpReplace RegexpSplit RegexpCount"
    " RegexpInstr".split()
)


def broken_texts(node: Any) -> Iterator[tuple[Any, str]]:
    """A pattern or a schema that is none, or QUALIFY, with what is wrong about it."""
    name = type(node).__name__
    pattern = node.args.get("expression") if name in _MATCHERS else None
    if pattern is not None and type(pattern).__name__ in ("Literal", "RawString"):
        why = why_no_pattern(str(pattern.this))
        if why:
            yield pattern, f"'{pattern.this}' is no regular expression: {why}"
    schema = node.args.get("expression") if name == "FromJson" else None
    if schema is not None and type(schema).__name__ == "Literal":
        why = why_no_columns(str(schema.this))
        if why:
            yield schema, f"'{schema.this}' is no schema: {why}"
    if name == "Qualify":
        yield node.this, "Spark has no QUALIFY: rank in a step of kind window, and filter behind it"


def why_no_pattern(regex: str) -> str:
    """What keeps a text from being a regular expression, by Python's rules as far as Java shares them."""
    python = _PYTHON.match(regex)
    if python:
        return f"'{python[1]}' is of Python's patterns: Java writes a name as (?<name>x), a count as {{0,3}}"
    shared = _JAVA.sub("x", regex.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(shared)
        except re.error as error:
            return str(error) if _NEITHER.match(error.msg) or _dangles(error, shared) else ""
        except OverflowError as error:
            return str(error)
        except RecursionError:  # nested too deep for Python; Java will say
            return ""
    return ""


def _dangles(error: re.error, pattern: str) -> bool:
    before = _DANGLING.get(error.msg)
    return before is not None and before.search(pattern[: (error.pos or 0) + 1]) is not None
