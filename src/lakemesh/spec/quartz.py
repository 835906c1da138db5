"""Quartz's cron expressions, which Databricks takes: six fields, seconds first, and a year where one likes.

Source: https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
"""

from __future__ import annotations

import re

_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 1, 7),
    ("year", 1970, 2099),
)
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS = "SUN MON TUE WED THU FRI SAT".split()
_OF_MONTH = re.compile(r"L(?:-\d{1,2})?|LW|\d{1,2}W")
_OF_WEEK = re.compile(r"L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])")
_RANGE = re.compile(r"(\*|[A-Z]{3}|\d+)(?:-([A-Z]{3}|\d+))?(?:/(\d+))?")
_FEWEST = 6


def why_no_cron(text: str) -> str:
    """What keeps a text from being a Quartz cron expression; nothing where nothing does."""
    said = text.split()
    if len(said) not in (_FEWEST, _FEWEST + 1):
        return "six or seven fields, seconds first"
    for (name, least, most), field in zip(_FIELDS, said, strict=False):
        if field == "?" and name.startswith("day"):
            continue
        wrong = next(
            (part for part in field.split(",") if not _is_part(name, part.upper(), least, most)), None
        )
        if wrong is not None:
            return (
                f"its {name} '{wrong}' is none: {least} to {most}, *, a range 1-5, a list 1,3 or a step */15"
            )
    if (said[3] == "?") == (said[5] == "?"):
        return "one of day of month and day of week, and one only, must be '?'"
    return ""


def _is_part(name: str, part: str, least: int, most: int) -> bool:
    if (name == "day of month" and _OF_MONTH.fullmatch(part)) or (
        name == "day of week" and _OF_WEEK.fullmatch(part)
    ):
        return True
    found = _RANGE.fullmatch(part)
    if found is None or (found[1] == "*" and found[2]):
        return False
    ends = [_number(name, one) for one in found.group(1, 2) if one and one != "*"]
    steps = found[3] is None or 0 < int(found[3]) <= most
    return steps and all(end is not None and least <= end <= most for end in ends)


def _number(name: str, word: str) -> int | None:
    names = {"month": _MONTHS, "day of week": _DAYS}.get(name, [])
    if word in names:
        return names.index(word) + 1
    return int(word) if word.isdecimal() else None
