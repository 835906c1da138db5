"""SQL whose present is the batch's clock, so that a replay gives the rows that a killed run would have given.

The text is read by sqlglot's tokenizer only: what stands in strings, comments and quoted names is never
touched, and every character beside the words of the present stays where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

# The words that Spark and Databricks have for the present. Spark takes the first group without parentheses,
# too.
_BARE = frozenset({"current_date", "current_timestamp"})
_CALLED = _BARE | {"now", "getdate", "curdate", "localtimestamp", "unix_timestamp"}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
# Spark marks them non-deterministic: a second computation gives other values.
_RANDOM = frozenset(
    "rand random randn uuid shuffle randstr uniform monotonically_increasing_id spark_partition_id"
    " tablesample".split()
)


def pin_clock(sql: str, clock: dt.datetime, zone: str) -> str:
    """The SQL with every word for the present replaced by a literal: the clock, or its day in a time zone.

    Columns named like such a word stay only where they are qualified, quoted, an alias or without the
    parentheses that a function needs (`now`). What cannot be read as SQL comes back as it is.
    """
    pinned, end = [], 0
    for start, stop, literal in _present(sql, _aware(clock), ZoneInfo(zone)):
        pinned += [sql[end:start], literal]
        end = stop
    return "".join([*pinned, sql[end:]])


def reads_clock(sql: str) -> bool:
    """Whether the SQL reads the present."""
    return any(True for _ in _present(sql, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), ZoneInfo("UTC")))


def is_random(sql: str) -> bool:
    """Whether the SQL calls what gives another value each time: rand(), uuid(), TABLESAMPLE and the like."""
    words = [*(word for word, _ in _words(sql)), ""]
    return any(word in _RANDOM and after == "(" for word, after in pairwise(words))


def _aware(clock: dt.datetime) -> dt.datetime:
    return (clock if clock.tzinfo else clock.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def _words(sql: str) -> list[tuple[str, Token]]:
    """The tokens with their text as it stands there in lower case, quotes included; none for no SQL."""
    from sqlglot.dialects.databricks import Databricks
    from sqlglot.errors import TokenError

    try:
        return [(sql[token.start : token.end + 1].lower(), token) for token in Databricks().tokenize(sql)]
    except TokenError:
        return []


def _present(sql: str, clock: dt.datetime, zone: ZoneInfo) -> Iterator[tuple[int, int, str]]:
    """Each word for the present: where it begins and ends, parentheses included, and its literal."""
    words = _words(sql)
    texts = ["", *(text for text, _ in words), "", ""]
    for place, (text, token) in enumerate(words):
        before, after, last = texts[place], texts[place + 2], texts[place + 3]
        if before in ("date", "timestamp", "timestamp_ntz") and text[:1] in "'\"":
            special = _special(before, text[1:-1].strip(), clock, zone)
            if special:
                yield token.start, token.end + 1, special
        elif text in _CALLED and after == "(" and last == ")" and before != ".":
            yield token.start, words[place + 2][1].end + 1, _literal(text, clock, zone)
        elif text in _BARE and after != "(" and before not in (".", ":", "as"):
            yield token.start, token.end + 1, _literal(text, clock, zone)


def _literal(word: str, clock: dt.datetime, zone: ZoneInfo) -> str:
    if word in ("current_date", "curdate"):
        return f"DATE'{clock.astimezone(zone).date().isoformat()}'"
    if word == "unix_timestamp":
        return f"{int(clock.timestamp())}L"
    if word == "localtimestamp":
        return f"TIMESTAMP_NTZ'{_stamp(clock.astimezone(zone))}'"
    return f"TIMESTAMP'{_stamp(clock)}Z'"


def _special(kind: str, word: str, clock: dt.datetime, zone: ZoneInfo) -> str | None:
    """Spark's typed literals DATE'today' and TIMESTAMP'now', spelt out; None for an ordinary literal."""
    here = clock.astimezone(zone).replace(tzinfo=None)
    if word in _DAYS:
        here = dt.datetime.combine(here.date() + dt.timedelta(days=_DAYS[word]), dt.time())
    elif word != "now":
        return None
    if kind == "date":
        return f"'{here.date().isoformat()}'"
    return f"'{_stamp(here)}'"


def _stamp(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
