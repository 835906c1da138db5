"""Rows as an aligned table: drawn by rich on a terminal, plain and uncut anywhere else."""

from __future__ import annotations

import datetime as dt
import math
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import click

from lakemesh.cli.render.json import not_finite, to_json

if TYPE_CHECKING:
    from rich.console import Console

_GAP = "  "
# Narrower than this a column that holds more cannot be read; what a drawn table puts between two of them.
_LEAST, _BETWEEN = 8, 3


def is_fancy(stream: IO[str] | None = None) -> bool:
    """Whether decoration is welcome: on a terminal that is not dumb, without NO_COLOR (https://no-color.org)."""
    stream = sys.stdout if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under their columns; numbers stand at the right."""
    right = [bool(cells) and all(_is_number(cell) for cell in cells) for cells in _by_column(columns, rows)]
    texts = [[cell_text(cell) for cell in row] for row in rows]
    if is_fancy():
        _show(columns, texts, right)
    else:
        click.echo("\n".join(plain_lines(columns, texts, right)))


def record_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table that stands on its side: each row under its number, one column a line."""
    heads = [cell_text(name) for name in columns]
    wide = max(map(_width, heads), default=0)
    for number, row in enumerate(rows, 1):
        yield f"-- {number} --"
        yield from (_line(pair, (wide, 0), (False, False)) for pair in zip(heads, row, strict=True))


def plain_lines(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """The lines of a plain table: names, a rule, rows."""
    heads = [cell_text(name) for name in columns]
    widths = _widths(columns, rows)
    lines = [heads, ["-" * width for width in widths], *rows]
    return [_line(line, widths, right) for line in lines]


def cell_text(value: Any) -> str:
    """A value on one line, with nothing in it that a terminal would obey."""
    match value:
        case None:
            return "NULL"
        case str():
            return _printable(value)
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(sep=" ")
        case float() if not math.isfinite(value):
            return not_finite(value)
        case int() | float() | dt.date():
            return str(value)
        case _:
            return _printable(to_json(value))


def _by_column(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(len(columns))]


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is with its name and its cells."""
    by_column = zip(columns, _by_column(columns, rows), strict=True)
    return [max(map(_width, (cell_text(name), *cells))) for name, cells in by_column]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return _GAP.join(padded).rstrip()


def _show(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    """Draw a table where the terminal is wide enough for it, else print its rows one by one."""
    from rich.console import Console  # only a terminal needs rich

    console = Console(highlight=False)
    least = sum(min(width, _LEAST) + _BETWEEN for width in _widths(columns, rows))
    if rows and least > console.width:
        click.echo("\n".join(record_lines(columns, rows)))
    else:
        _draw(console, columns, rows, right)


def _draw(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, to_right in zip(columns, right, strict=True):
        table.add_column(Text(cell_text(name)), justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
