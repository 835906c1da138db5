"""What was seen at each place of many JSON records: how often, and values of which kinds."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

INTEGER, NUMBER, BOOLEAN, TEXT, OBJECT, ARRAY = "integer", "number", "boolean", "text", "object", "array"
DATE, TIME, ZONED, LOCAL, DIGITS, EMPTY = (
    "date",
    "time",
    "timestamp",
    "timestamp without zone",
    "digits",
    "empty",
)
TEXTS = frozenset((TEXT, DATE, TIME, ZONED, LOCAL, DIGITS, EMPTY))
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_FORMS = re.compile(
    rf"(?P<date>{_DATE})|(?P<time>{_TIME})|(?P<moment>{_DATE}[T ]{_TIME})(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
    r"|(?P<digits>-?\d+(?:\.\d+)?)"
)
_LONGEST = 40
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass
class Seen:
    """One place of the records: how often it was there, null, and of each kind; its fields and items."""

    times: int = 0
    nulls: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Seen] = field(default_factory=dict)
    items: Seen | None = None
    whole: int = 0
    """The most digits before the point, and below: behind it, and in one number."""
    scale: int = 0
    digits: int = 0
    emails: int = 0

    def add(self, value: Any) -> None:
        """Look at one value more."""
        self.times += 1
        match value:
            case None:
                self.nulls += 1
            case bool():
                self.kinds[BOOLEAN] += 1
            case int():
                self.kinds[INTEGER] += 1
                self._measure(len(str(abs(value))), 0)
            case Decimal():
                self.kinds[NUMBER] += 1
                self._measure_decimal(value)
            case str():
                self._add_text(value)
            case dict():
                self.kinds[OBJECT] += 1
                for name, inner in value.items():
                    self.fields.setdefault(name, Seen()).add(inner)
            case _:
                self.kinds[ARRAY] += 1
                self.items = self.items or Seen()
                for item in value:
                    self.items.add(item)

    def _add_text(self, text: str) -> None:
        # Where something was seen that is plain text, the place is text whatever follows.
        plain = self.kinds[TEXT] and not self.emails
        form = TEXT if plain else form_of(text)
        self.kinds[form] += 1
        if form == TEXT and not plain and _EMAIL.fullmatch(text):
            self.emails += 1
        if form == DIGITS:
            whole, _, fraction = text.lstrip("-").partition(".")
            self._measure(len(whole), len(fraction))

    def _measure_decimal(self, number: Decimal) -> None:
        _, digits, exponent = number.as_tuple()
        scale = max(-int(exponent), 0)
        self._measure(max(len(digits) + int(exponent), 1), scale, len(digits))

    def _measure(self, whole: int, scale: int, digits: int | None = None) -> None:
        self.whole, self.scale = max(self.whole, whole), max(self.scale, scale)
        self.digits = max(self.digits, whole + scale if digits is None else digits)


def form_of(text: str) -> str:
    """What a text holds: a date, a time, a timestamp with or without its zone, digits; or text as such."""
    if not text:
        return EMPTY
    found = _FORMS.fullmatch(text) if len(text) < _LONGEST and text[0] in "-0123456789" else None
    if found is None:
        return TEXT
    if found["digits"]:
        return DIGITS
    try:
        if found["moment"]:
            dt.datetime.fromisoformat(found["moment"][:26])
            return ZONED if found["zone"] else LOCAL
        if found["date"]:
            dt.date.fromisoformat(text)
            return DATE
        dt.time.fromisoformat(text[:15])
    except ValueError:  # such as the 31st of February
        return TEXT
    return TIME
