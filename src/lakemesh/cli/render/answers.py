"""Answers of SQL as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import click

from lakemesh.cli.render.json import to_json
from lakemesh.cli.render.tables import cell_text, print_table

if TYPE_CHECKING:
    from lakemesh.query.answer import Answer


def print_answer(answer: Answer, form: str, asked_limit: int | None = None) -> None:
    """Print an answer; a table that was cut without being asked to says so on stderr."""
    match form:
        case "csv":
            click.echo(_csv(answer), nl=False)
        case "json":
            click.echo(_json(answer))
        case _:
            print_table(answer.columns, answer.rows)
            if answer.more and asked_limit is None:
                click.echo(f"The first {len(answer.rows)} rows; --limit N shows more.", err=True)


def _json(answer: Answer) -> str:
    names = _distinct(answer.columns)
    rows = [to_json(dict(zip(names, row, strict=True))) for row in answer.rows]
    return "[" + ",\n ".join(rows) + "]"


def _distinct(columns: tuple[str, ...]) -> list[str]:
    """The names with a number after each that stood before, so that no object loses a value."""
    seen: list[str] = []
    for name in columns:
        number, unused = 1, name
        while unused in seen:
            number, unused = number + 1, f"{name}_{number + 1}"
        seen.append(unused)
    return seen


def _csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_cell(value) for value in row] for row in answer.rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A value as CSV holds it: NULL is empty, text is itself with its line breaks, nested values are JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else cell_text(value)
