r"""Halves of surrogate pairs: JSON's grammar allows `"\ud83d"` alone, and no text holds it.

Unicode gives these code points no character (chapter 3, D71 to D75), and RFC 8259, section 8.2, calls what
readers make of them unpredictable. Spark writes `?`, as if the sender had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column

# An escape begins with a backslash that no other one escapes.
_ESCAPE = r"(?<!\\)(?:\\\\){0,8}"
_HIGH = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = rf"{_ESCAPE}(?:{_HIGH}(?!{_LOW})|(?<!{_ESCAPE}{_HIGH}){_LOW})"


def has_half_pair(text: Column) -> Column:
    """Whether a JSON text has an escaped surrogate without its other half."""
    # The first sign settles it for most records.
    return text.contains(r"\u") & text.rlike(_HALF)
