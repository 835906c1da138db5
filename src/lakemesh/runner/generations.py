"""Names of generations: a flow's checkpoints, one after the other, and what is built aside of them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

REFRESH, WINDOW = "refresh-", "window-"
"""How the generations of a full refresh and of a window begin."""


def new_generation(prefix: str = "") -> str:
    """A name that was never used: the time and four random bytes, behind what it is for."""
    return f"{prefix}{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def is_aside(generation: str) -> bool:
    """Whether the generation is of a refresh or a window: it says nothing of how far a flow has come."""
    return generation.startswith((REFRESH, WINDOW))
