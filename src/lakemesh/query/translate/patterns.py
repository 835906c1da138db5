"""Patterns: those of dates as Java writes them, and regular expressions as Java reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakemesh.errors import QueryError
from lakemesh.query.translate.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
# What a run of letters prints, in strftime's words; a fraction of a second is cut from microseconds.
_PRINTED = {
    "yyyy": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "LL": "%m", "L": "%-m", "MMM": "%b",
    "MMMM": "%B", "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "E": "%a", "EE": "%a", "EEE": "%a",
    "EEEE": "%A", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S",
    "s": "%-S", "a": "%p",
}  # fmt: skip
# What a run of letters reads: the shape that Java asks for, and strptime's word for it.
_READ = {
    "yyyy": ("[0-9]{4}", "%Y"), "y": ("[0-9]{4}", "%Y"), "MM": ("[0-9]{2}", "%m"), "M": ("[0-9]{1,2}", "%m"),
    "MMM": ("[A-Z][a-z]{2}", "%b"), "MMMM": ("[A-Z][a-z]+", "%B"), "dd": ("[0-9]{2}", "%d"),
    "d": ("[0-9]{1,2}", "%d"), "HH": ("[0-9]{2}", "%H"), "H": ("[0-9]{1,2}", "%H"), "hh": ("[0-9]{2}", "%I"),
    "h": ("[0-9]{1,2}", "%I"), "mm": ("[0-9]{2}", "%M"), "m": ("[0-9]{1,2}", "%M"), "ss": ("[0-9]{2}", "%S"),
    "s": ("[0-9]{1,2}", "%S"), "a": ("(?:AM|PM)", "%p"),
    "S": ("[0-9]", "%f"), "SSS": ("[0-9]{3}", "%f"), "SSSSSS": ("[0-9]{6}", "%f"),
}  # fmt: skip
_MOST_FRACTION = 6
_END = re.compile(r"(?<!\\)\$")
# What RE2, which DuckDB asks, would read in another way than Java, or which Java alone knows.
_JAVA_ONLY = re.compile(r"\[[^\]]*(?<!\\)\[(?!:)|&&|\\[GRXhHvVZ]|[*+?}]\+|\(\?[=!<>]|\\[1-9]|\\k<")


def _runs(pattern: str) -> Iterator[tuple[str, bool]]:
    """The pattern's runs of letters (True), and its plain text (False)."""
    at = 0
    for run in _RUN.finditer(pattern):
        if run.start() != at:
            raise QueryError(f"'{pattern}' is no date pattern: a quote is not closed.")
        at = run.end()
        if run.group(2):
            yield run.group(0), True
        else:
            quoted = run.group(1)
            yield (run.group(0) if quoted is None else quoted.replace("''", "'") or "'"), False
    if at != len(pattern):
        raise QueryError(f"'{pattern}' is no date pattern: a quote is not closed.")


def printed(moment: str, pattern: str) -> str:
    """The text that a date pattern makes of an instant, as an expression.

    Raises QueryError for letters that are not known.
    """
    pieces = [_piece(moment, run, pattern) if letters else text(run) for run, letters in _runs(pattern)]
    return f"({' || '.join(pieces)})" if pieces else "''"


def _piece(moment: str, run: str, pattern: str) -> str:
    if set(run) == {"S"} and len(run) <= _MOST_FRACTION:
        return f"substring(strftime({moment}, '%f'), 1, {len(run)})"
    if run in ("q", "Q"):
        return f"CAST(quarter({moment}) AS VARCHAR)"
    if run not in _PRINTED:
        raise QueryError(_unknown(run, pattern))
    return f"strftime({moment}, '{_PRINTED[run]}')"


def read(pattern: str) -> tuple[str, str]:
    """A regular expression for the texts that a date pattern reads, and strptime's words for it."""
    shape, words = "^", ""
    for run, letters in _runs(pattern):
        if letters and run not in _READ:
            raise QueryError(_unknown(run, pattern))
        shape += _READ[run][0] if letters else re.escape(run)
        words += _READ[run][1] if letters else run.replace("%", "%%")
    return shape + "$", words


def _unknown(run: str, pattern: str) -> str:
    return f"'{run}' in the date pattern '{pattern}' is not read here: run it in Spark."


def regex(pattern: str) -> str:
    """A regular expression of Java as a literal that RE2 reads alike.

    Raises QueryError for one that it would not.
    """
    odd = _JAVA_ONLY.search(pattern)
    if odd:
        raise QueryError(
            f"'{odd.group(0)}' in the regular expression '{pattern}' is Java's alone: run it in Spark."
        )
    return text(pattern)


def groups_of(pattern: str) -> tuple[int, bool]:
    """How many groups a regular expression has, and whether it matches nothing at all.

    Raises QueryError for one that cannot be read.
    """
    try:
        known = re.compile(pattern)
    except re.error as error:
        raise QueryError(f"the regular expression '{pattern}' is not read here: {error}.") from error
    return known.groups, known.match("") is not None


def searched(pattern: str) -> str:
    """A regular expression to search with, whose $ stands before a last line break, too, as Java's does."""
    regex(pattern)
    return text(_END.sub(r"(?:(?:\\r?\\n|\\r)?\\z)", pattern) if "[" not in pattern else pattern)


def replacement(said: str) -> str:
    """A replacement in Java's words ($1) as a literal in RE2's."""
    out, at = "", 0
    while at < len(said):
        one = said[at]
        if one == "\\" and at + 1 < len(said):
            out += _plain(said[at + 1])
            at += 2
        elif one == "$":
            if said[at + 1 : at + 2] not in tuple("0123456789"):
                raise QueryError(f"the replacement '{said}' has a $ that names no group: write \\\\$.")
            out += f"\\{said[at + 1]}"
            at += 2
        else:
            out += _plain(one)
            at += 1
    return text(out)


def _plain(one: str) -> str:
    return "\\\\" if one == "\\" else one
