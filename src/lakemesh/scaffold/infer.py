"""A schema block from sample records, ready to be pasted into a product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakemesh.errors import CallError
from lakemesh.scaffold.guesses import Field, Guess, guess_fields
from lakemesh.scaffold.samples import Sample, read_sample
from lakemesh.scaffold.seen import Seen

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*")
# What YAML readers take for no text, the older ones included that some editors have.
_WORDS = frozenset("null true false yes no on off y n".split())


@dataclass(frozen=True)
class Inferred:
    """A schema under a name, and the sample that it was learnt from."""

    name: str
    fields: tuple[Field, ...]
    sample: Sample

    def facts(self) -> dict[str, Any]:
        """The schema and its sample as data."""
        return {
            "file": self.sample.file,
            "form": self.sample.form,
            "records": self.sample.records,
            "complete": not self.sample.more,
            "leftOut": self.sample.left_out,
            "reason": self.sample.reason or None,
            "name": self.name,
            "schema": [field.facts() for field in self.fields],
            "notes": [{"column": path, "note": note} for path, note in _notes(self.fields)],
        }


def infer_schema(file: str, limit: int, name: str | None = None) -> Inferred:
    """The schema of a file's first records, at most `limit` of them.

    Raises CallError where the file cannot be read or holds no record.
    """
    sample = Sample("standard input" if file == "-" else file)
    seen = Seen()
    for record in read_sample(file, limit, sample):
        seen.add(record)
    fields = guess_fields(seen)
    if not fields:
        why = f" ({sample.reason})" if sample.reason else ""
        raise CallError(f"{sample.file} holds no JSON object with a field to learn from{why}.")
    return Inferred(name or schema_name(file), fields, sample)


def schema_name(file: str) -> str:
    """A name for the records of a file: orders for landing/orders-2026-01-05.json.gz."""
    stem = Path(file).name.partition(".")[0].lower()
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"[-_]?\d{4}[-_\dt]*z?$", "", stem)).strip("_")
    return words if words[:1].isalpha() else "record"


def block_lines(inferred: Inferred) -> Iterator[str]:
    """The schema as YAML, line by line, with what to know of it as comments."""
    yield from (f"# {line}" for line in _head(inferred.sample))
    yield "schemas:"
    yield f"  {yaml_text(inferred.name)}:"
    for field in inferred.fields:
        yield from _field_lines(field, " " * 4)


def _head(sample: Sample) -> Iterator[str]:
    records = "record" if sample.records == 1 else "records"
    if sample.more:
        yield f"From the first {sample.records:,} {records} of {sample.file}; more follow."
    else:
        which = "the one" if sample.records == 1 else f"all {sample.records:,}"
        yield f"From {which} {records} of {sample.file}."
    if sample.left_out:
        yield f"Left out: {sample.left_out:,}; the first is {sample.reason}."
    if sample.form in ("array", "document"):
        what = "one JSON array" if sample.form == "array" else "a JSON document over several lines"
        yield f"The file is {what}: its port needs multiLine: true."
    yield "required: there and not null in every record looked at."


def _field_lines(field: Field, margin: str) -> Iterator[str]:
    head = f"name: {yaml_text(field.name)}"
    required = ", required: true" if field.required else ""
    comment = f"  # {field.guess.note}" if field.guess.note else ""
    if _is_flat(field.guess):
        yield f"{margin}- {{{head}, {_flat(field.guess)}{required}}}{comment}"
        return
    yield f"{margin}- {head}{comment}"
    if field.required:
        yield f"{margin}  required: true"
    yield from _type_lines(field.guess, f"{margin}  ")


def _type_lines(guess: Guess, margin: str) -> Iterator[str]:
    yield f"{margin}logicalType: {guess.logical_type}"
    if guess.properties:
        yield f"{margin}properties:"
        for field in guess.properties:
            yield from _field_lines(field, f"{margin}  ")
    for key, inner in (("items", guess.items), ("values", guess.values)):
        if inner is not None and _is_flat(inner):
            yield f"{margin}{key}: {{{_flat(inner)}}}"
        elif inner is not None:
            yield f"{margin}{key}:"
            yield from _type_lines(inner, f"{margin}  ")


def _is_flat(guess: Guess) -> bool:
    return not guess.properties and all(
        inner is None or _is_flat(inner) for inner in (guess.items, guess.values)
    )


def _flat(guess: Guess) -> str:
    physical = f', physicalType: "{guess.physical_type}"' if guess.physical_type else ""
    inner = [
        f", {key}: {{{_flat(one)}}}"
        for key, one in (("items", guess.items), ("values", guess.values))
        if one is not None
    ]
    return f"logicalType: {guess.logical_type}{physical}{''.join(inner)}"


def yaml_text(text: str) -> str:
    """A text as a YAML scalar: as it is where every reader takes it for text, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _notes(fields: tuple[Field, ...], above: str = "") -> Iterator[tuple[str, str]]:
    for field in fields:
        path = f"{above}{field.name}"
        if field.guess.note:
            yield path, field.guess.note
        yield from _notes(_inner(field.guess), f"{path}.")


def _inner(guess: Guess) -> tuple[Field, ...]:
    """The fields of an object, wherever arrays and maps hold it."""
    below = guess.items or guess.values
    return guess.properties or (_inner(below) if below else ())
