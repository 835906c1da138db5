"""One frozen box with what every verb needs of a run: session, clock, run id, secrets and who listens."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from lakemesh.errors import SecretMissing

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from lakemesh.observe.events import Event


class Observe(Protocol):
    """Counts while rows pass: the same frame, with aggregates that are taken in whatever action runs it."""

    def __call__(self, frame: DataFrame, name: str, metrics: Mapping[str, Column]) -> DataFrame:
        """The frame with the metrics attached under a name; each metric is an aggregate."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of one run by reference. It never shows a value."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, reference: str) -> str:
        """The value behind scope/key. Raises SecretMissing where there is none."""
        if reference not in self.values:
            raise SecretMissing(_missing(reference))
        return self.values[reference]


def secrets_from_env(references: Iterable[str]) -> Secrets:
    """The secrets behind references, from environment variables: scope/key is read from SCOPE_KEY.

    Raises SecretMissing where one is not set.
    """
    found = {}
    for reference in references:
        value = os.environ.get(variable_of(reference))
        if not value:
            raise SecretMissing(_missing(reference))
        found[reference] = value
    return Secrets(found)


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
