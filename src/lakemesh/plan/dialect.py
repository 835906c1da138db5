"""What sqlglot reads as Databricks SQL and Spark's own parser refuses.

Source: the grammar of Spark 4.0 (https://spark.apache.org/docs/4.0.0/sql-ref-syntax.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lakemesh.spec.types import parse_type

Complaint = tuple[str, int]
"""What is wrong, and the offset at which it stands."""
# Types that Spark casts to and no column of a spec has.
_ONLY_CAST = re.compile(r"\b(interval|char|character|varchar|collate|comment|not)\b", re.IGNORECASE)
# Behind anything else a star multiplies, and REPLACE is a function.
_BEFORE_STARS = ("SELECT", "DISTINCT", "COMMA", "DOT")
_MARKS = ("COLON", "PLACEHOLDER", "PARAMETER")
# Before the colon of a struct's field, or of a path, stands a name.
_PARAMETER = re.compile(r"(?<=[\s,(=<>+*/-])[:@]\w+|\?")
_AFTER_GROUPS = (None, "R_PAREN", "HAVING", "ORDER_BY", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "SEMICOLON")
_CASTS = ("cast", "try_cast")


def refused(tokens: list[Any], text: str) -> Complaint | None:
    """The first thing among a text's tokens that Spark does not take."""
    return next(_refused(tokens, text), None)


def _refused(tokens: list[Any], text: str) -> Iterator[Complaint]:
    for index, token in enumerate(tokens):
        kind, following = _kind(tokens, index), _kind(tokens, index + 1)
        if kind == "SIMILAR_TO":
            yield "Spark has no SIMILAR TO: write RLIKE with a regular expression", token.start
        elif kind == "STAR" and following == "REPLACE" and _kind(tokens, index - 1) in _BEFORE_STARS:
            message = "Spark has no * REPLACE: write * EXCEPT (...), and the column anew behind it"
            yield message, tokens[index + 1].start
        elif kind == "GROUP_BY" and following in _AFTER_GROUPS:
            yield (
                "nothing stands after this GROUP BY: name the columns that make a group, or leave it out",
                token.start,
            )
        elif kind == "LIMIT" and _kind(tokens, index + 2) == "COMMA":
            yield "LIMIT takes one number: write LIMIT n OFFSET m", tokens[index + 2].start
        elif kind in _MARKS and (said := _PARAMETER.match(text, token.start)):
            message = f"'{said.group()}' is a parameter, and nothing gives it a value: write the value"
            yield message, token.start
        elif kind == "DCOLON" and text.startswith("::", token.start):  # and no number such as 1L
            yield from _no_type(text, *_type_behind(tokens, index))
        elif following == "L_PAREN" and token.text.lower() in _CASTS:
            yield from _no_type(text, *_type_in_cast(tokens, index))


def repeated_names(tree: Any) -> Iterator[tuple[Any, str]]:
    """The second of two equal names of a WITH, and what is wrong about it."""
    from sqlglot import exp

    for with_ in tree.find_all(exp.With):
        names: set[str] = set()
        for cte in with_.expressions:
            if cte.alias in names:
                yield cte.args["alias"], f"WITH names '{cte.alias}' twice: give the second another name"
            names.add(cte.alias)


def paths_in_json(tree: Any) -> Iterator[tuple[Any, str]]:
    """Values taken from JSON by a colon, which Databricks has and Spark itself has not; and what to write."""
    from sqlglot import exp

    for node in tree.find_all(exp.JSONExtract):
        if node.args.get("variant_extract"):
            yield node, "Spark reads no path behind a colon: write get_json_object(text, '$.field')"


def why_no_type(said: str) -> str:
    """What keeps a text from being a type to which SQL can cast; nothing where nothing does."""
    if said and not _ONLY_CAST.search(said):
        try:
            parse_type(said)
        except ValueError as error:
            return str(error)
    return ""


def why_no_columns(said: str) -> str:
    """What keeps a text from being columns with their types, such as `a int, b string`, or one type."""
    if said.lstrip().startswith("{") or not why_no_type(said):
        return ""  # Spark reads a schema in JSON, too
    return why_no_type(f"struct<{said}>")


def _type_in_cast(tokens: list[Any], index: int) -> tuple[int, int]:
    """Where the type of `cast(... as type)` begins and ends; the word cast stands at an index."""
    depth, first = 0, index
    for at in range(index + 1, len(tokens)):
        kind = _kind(tokens, at)
        depth += {"L_PAREN": 1, "R_PAREN": -1}.get(kind or "", 0)
        if depth == 1 and kind == "ALIAS":
            first = at + 1
        elif depth == 0:
            return (tokens[first].start, tokens[at].start) if first > index else (0, 0)
    return 0, 0


def _type_behind(tokens: list[Any], index: int) -> tuple[int, int]:
    """Where the one word behind `::` begins and ends; none where the type goes on behind it."""
    if index + 1 == len(tokens) or _kind(tokens, index + 2) in ("L_PAREN", "LT"):
        return 0, 0
    return tokens[index + 1].start, tokens[index + 1].end + 1


def _no_type(text: str, start: int, end: int) -> Iterator[Complaint]:
    why = why_no_type(text[start:end].strip())
    if why:
        yield why, start


def _kind(tokens: list[Any], index: int) -> str | None:
    return str(tokens[index].token_type.name) if index < len(tokens) else None
