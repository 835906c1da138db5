"""One thing that was looked at: how it is, and what to do where it is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Checkup:
    """What was looked at and how it is: fine, worth knowing, or missing and needed; and the way out."""

    what: str
    state: State
    found: str
    remedy: str = ""


def ok(what: str, found: str) -> Checkup:
    """Something that is as it should be."""
    return Checkup(what, "ok", found)


def note(what: str, found: str, remedy: str = "") -> Checkup:
    """Something that hinders only some uses, or that mends itself."""
    return Checkup(what, "note", found, remedy)


def missing(what: str, found: str, remedy: str) -> Checkup:
    """Something without which a run here fails."""
    return Checkup(what, "missing", found, remedy)
