"""One frozen box with what every verb needs of a run: session, clock, run id, secrets and who listens."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lakemesh.errors import SecretMissing

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from lakemesh.observe.events import Event


class Observe(Protocol):
    """Counts while rows pass: the same frame, with aggregates that are taken in whatever action runs it."""

    def __call__(self, frame: DataFrame, name: str, metrics: Mapping[str, Column]) -> DataFrame:
        """The frame with the metrics attached under a name; each metric is an aggregate."""


# The keys in a connection string of Event Hubs or of storage.
_KEY = re.compile(r"(?<=AccessKey=)[^;\s\"']+|(?<=AccountKey=)[^;\s\"']+|(?<=clientSecret=\")[^\"]+")

# What is shorter stands in any text by chance.
_TELLING = 8


@dataclass(frozen=True)
class Secrets:
    """The secrets of one run by reference. It never shows a value."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, reference: str) -> str:
        """The value behind scope/key. Raises SecretMissing where there is none."""
        if reference not in self.values:
            raise SecretMissing(_missing(reference))
        return self.values[reference]

    def hide(self, text: str) -> str:
        """A text with its reference for each secret that stands in it, and without keys of connections."""
        for reference, value in self.values.items():
            for part in (value, *_KEY.findall(value)):
                if len(part) >= _TELLING:
                    text = text.replace(part, f"(secret {reference})")
        return _KEY.sub("(a key)", text)


def secrets_from_env(references: Iterable[str], file: str | None = None) -> Secrets:
    """The secrets behind references, from environment variables: scope/key is read from SCOPE_KEY.

    What is not set is looked up in a file of NAME=value lines. Raises SecretMissing where one is nowhere.
    """
    found = {}
    kept = read_variables(file)
    for reference in references:
        variable = variable_of(reference)
        value = os.environ.get(variable) or kept.get(variable)
        if not value:
            raise SecretMissing(_missing(reference))
        found[reference] = value
    return Secrets(found)


def read_variables(file: str | None) -> dict[str, str]:
    """The variables of a file of NAME=value lines; none where there is no such file."""
    if file is None or not Path(file).is_file():
        return {}
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def variable_of(reference: str) -> str:
    """The environment variable that holds a secret locally."""
    return re.sub(r"[^A-Z0-9]", "_", reference.upper())


def _missing(reference: str) -> str:
    variable = variable_of(reference)
    return f"the secret '{reference}' is not set: locally it is the environment variable {variable}."


def _silent(event: Event) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Run:
    """A run under way. `clock` is in UTC and stands for the present in every expression."""

    session: SparkSession
    run_id: str
    clock: dt.datetime
    time_zone: str = "UTC"
    secrets: Secrets = field(default_factory=Secrets)
    emit: Callable[[Event], None] = _silent

    def on(self, session: SparkSession) -> Run:
        """The same run on another session, such as a micro-batch's."""
        return replace(self, session=session)

    def at(self, clock: dt.datetime) -> Run:
        """The same run with the clock of a batch."""
        return replace(self, clock=clock)
