"""When a product runs, and on what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lakemesh.spec.model import Model, Words
from lakemesh.spec.quartz import why_no_cron


class OnUpdate(Model):
    """The input ports whose tables start a run, any of them or all."""

    of: Annotated[Words, Field(min_length=1)]
    when: Literal["any", "all"] = "any"


class Schedule(Model):
    """One trigger: a Quartz cron, an interval, without end, on files, or on upstream tables."""

    cron: str | None = None
    every: Annotated[str | None, Field(pattern=r"^[1-9]\d* (minutes?|hours?|days?|weeks?)$")] = None
    continuous: bool | None = None
    on_file_arrival: str | None = None
    on_update: OnUpdate | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Schedule:
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(
                "a schedule says exactly one of cron, every, continuous, onFileArrival, onUpdate"
            )
        why = why_no_cron(self.cron) if self.cron is not None else ""
        if why:
            raise ValueError(f"'{self.cron}' is no Quartz cron: {why}")
        return self


class Compute(Model):
    """A compute profile of the environment, with what the product adds to it."""

    profile: str
    timeout: Annotated[str | None, Field(pattern=r"^[1-9]\d* (minutes?|hours?)$")] = None
    retries: Annotated[int | None, Field(ge=0)] = None
    dependencies: Words = ()
    shared: bool = False
