"""The column that a careful engineer would write for what was seen, with what to know of it beside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lakemesh.scaffold.seen import (
    ARRAY,
    BOOLEAN,
    DATE,
    DIGITS,
    EMPTY,
    INTEGER,
    LOCAL,
    NUMBER,
    OBJECT,
    TEXTS,
    TIME,
    ZONED,
    Seen,
)

_LONGEST_BIGINT = 18
_DOUBLE = 17
_MOST_DIGITS = 38
_FEW = 4
# An object with more names than this, each of them rare, is a map: its names are data.
_MANY_NAMES, _RARE = 50, 0.2
_PERSONAL = re.compile(
    r"(?i)(?:^|_|(?<=[a-z]))(?:e_?mail|phone|mobile|iban|birth_?(?:date|day)|(?:first|last|sur)_?name|street|ssn"
    r"|passport)",
)


@dataclass(frozen=True)
class Guess:
    """What a value is, in the words of the spec language, and a note for whoever pastes it."""

    logical_type: str
    physical_type: str | None = None
    properties: tuple[Field, ...] = ()
    items: Guess | None = None
    values: Guess | None = None
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """The type as the spec language has it."""
        facts: dict[str, Any] = {"logicalType": self.logical_type}
        if self.physical_type:
            facts["physicalType"] = self.physical_type
        if self.properties:
            facts["properties"] = [one.facts() for one in self.properties]
        for key, inner in (("items", self.items), ("values", self.values)):
            if inner is not None:
                facts[key] = inner.facts()
        return facts


@dataclass(frozen=True)
class Field:
    """A column, or a field within one."""

    name: str
    guess: Guess
    required: bool

    def facts(self) -> dict[str, Any]:
        """The column as the spec language has it."""
        facts = {"name": self.name, **self.guess.facts()}
        return {**facts, "required": True} if self.required else facts


def guess_fields(seen: Seen) -> tuple[Field, ...]:
    """The columns of the objects that were seen at a place, in the order in which their names came up."""
    spellings: dict[str, list[str]] = {}
    for name in seen.fields:
        if name:
            spellings.setdefault(name.lower(), []).append(name)
    return tuple(_field(seen, names) for names in spellings.values())


def _field(seen: Seen, spellings: list[str]) -> Field:
    name = max(spellings, key=lambda one: seen.fields[one].times)
    inner = seen.fields[name]
    required = inner.times == seen.kinds[OBJECT] and not inner.nulls
    guess = guess_type(inner)
    notes = [guess.note, *_other_spellings(seen, name, spellings)]
    if not guess.properties and (_PERSONAL.search(name) or _is_email(inner)):
        notes.append("personal? then classification: confidential, tags: [pii]")
    return Field(name, _noted(guess, notes), required)


def _is_email(seen: Seen) -> bool:
    return bool(seen.emails) and seen.emails == seen.times - seen.nulls


def _other_spellings(seen: Seen, name: str, spellings: Iterable[str]) -> Iterator[str]:
    for other in spellings:
        if other != name:
            yield f"also written '{other}', {seen.fields[other].times} times, which this name does not read"


def guess_type(seen: Seen) -> Guess:
    """The type that holds everything that was seen at a place; text, and a note, where only that does."""
    kinds = frozenset(kind for kind, times in seen.kinds.items() if times)
    if not kinds:
        return Guess("string", note="null in every record")
    if kinds <= {INTEGER, NUMBER}:
        return _number(seen)
    if kinds <= TEXTS:
        return _text(seen, kinds)
    if kinds == {BOOLEAN}:
        return Guess("boolean")
    if kinds == {OBJECT}:
        return _object(seen)
    if kinds == {ARRAY} and seen.items is not None:
        return _array(seen.items)
    words = Counts(seen).words()
    return Guess("string", note=f"{words}: read as text")


@dataclass(frozen=True)
class Counts:
    """How often each kind was seen, in words."""

    seen: Seen

    def words(self) -> str:
        """Such as: integer 90 times, object 10 times."""
        told: dict[str, int] = {}
        for kind, times in self.seen.kinds.most_common():
            word = "text" if kind in TEXTS else kind
            told[word] = told.get(word, 0) + times
        return ", ".join(f"{word} {_times(times)}" for word, times in told.items() if times)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _number(seen: Seen) -> Guess:
    if not seen.kinds[NUMBER]:
        if seen.whole <= _LONGEST_BIGINT:
            return Guess("integer")
        if seen.whole <= _MOST_DIGITS:
            return Guess(
                "number", "decimal(38,0)", note=f"up to {seen.whole} digits: more than a BIGINT holds"
            )
        return Guess("string", note=f"up to {seen.whole} digits: more than any number type holds")
    if seen.digits > _DOUBLE and seen.whole + seen.scale <= _MOST_DIGITS:
        note = f"up to {seen.digits} digits: more than a double keeps"
        return Guess("number", f"decimal({_MOST_DIGITS},{seen.scale})", note=note)
    if 0 < seen.scale <= _FEW:
        return Guess("number", note=f'money? then physicalType: "{_decimal(seen)}"')
    return Guess("number")


def _decimal(seen: Seen) -> str:
    """A decimal with room for values twice as long before the point."""
    return f"decimal({min(max(2 * seen.whole, 10) + seen.scale, _MOST_DIGITS)},{seen.scale})"


def _text(seen: Seen, kinds: frozenset[str]) -> Guess:
    if kinds <= {ZONED, LOCAL, DATE} and kinds != {DATE}:
        without = seen.kinds[LOCAL]
        return Guess(
            "timestamp", note="no zone in the text: the product's timeZone counts" if without else ""
        )
    if kinds in ({DATE}, {TIME}):
        return Guess("date" if kinds == {DATE} else "time")
    if kinds == {DIGITS} and seen.scale:
        return Guess("string", note=f"numbers as text: a cast step makes them {_decimal(seen)}")
    if EMPTY in kinds and kinds - {EMPTY} and kinds - {EMPTY} <= {ZONED, LOCAL, DATE}:
        return Guess("string", note=f"a date or timestamp, but empty {_times(seen.kinds[EMPTY])}")
    return Guess("string")


def _object(seen: Seen) -> Guess:
    fields = guess_fields(seen)
    if not fields:
        return Guess("string", note="an object without fields in every record: read as text")
    if len(fields) > _MANY_NAMES and _presence(seen) < _RARE:
        note = f"{len(fields):,} names, each of them rare: they look like data"
        return Guess("map", values=guess_type(_together(seen.fields.values())), note=note)
    return Guess("object", properties=fields)


def _presence(seen: Seen) -> float:
    """How often a name of an object is there, on average."""
    return sum(inner.times for inner in seen.fields.values()) / len(seen.fields) / seen.kinds[OBJECT]


def _together(places: Iterable[Seen]) -> Seen:
    """Several places as one."""
    one = Seen()
    for place in places:
        one.times += place.times
        one.nulls += place.nulls
        one.kinds.update(place.kinds)
        one.whole, one.scale = max(one.whole, place.whole), max(one.scale, place.scale)
        one.digits = max(one.digits, place.digits)
        for name, inner in place.fields.items():
            one.fields[name] = _together([one.fields[name], inner]) if name in one.fields else inner
        items = [items for items in (one.items, place.items) if items is not None]
        one.items = _together(items) if items else None
    return one


def _array(items: Seen) -> Guess:
    if not items.times:
        return Guess("array", items=Guess("string"), note="empty in every record")
    inner = guess_type(items)
    return Guess("array", items=inner, note=inner.note)


def _noted(guess: Guess, notes: Iterable[str]) -> Guess:
    note = "; ".join(note for note in notes if note)
    return Guess(guess.logical_type, guess.physical_type, guess.properties, guess.items, guess.values, note)
