"""When a product runs, and on what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lakemesh.spec.model import Model, Words
from lakemesh.spec.quartz import why_no_cron


class OnUpdate(Model):
    """The input ports whose tables start a run, any of them or all."""

    of: Annotated[Words, Field(min_length=1)]
    """Input ports of kind product."""
    when: Literal["any", "all"] = "any"
    """Whether one of them has to change, or all."""


class Schedule(Model):
    """One trigger: a Quartz cron, an interval, without end, on files, or on upstream tables."""

    cron: str | None = None
    """A Quartz cron of six or seven fields, in the product's time zone, such as `0 */15 * * * ?`."""
    every: Annotated[str | None, Field(pattern=r"^[1-9]\d* (minutes?|hours?|days?|weeks?)$")] = None
    """An interval, such as `5 minutes` or `1 day`."""
    continuous: bool | None = None
    """Without end: one run follows the other."""
    on_file_arrival: str | None = None
    """The blob input port whose new files start a run."""
    on_update: OnUpdate | None = None
    """The inputs whose tables start a run when they change."""

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
    """The name of a profile in the environment's `compute`."""
    timeout: Annotated[str | None, Field(pattern=r"^[1-9]\d* (minutes?|hours?)$")] = None
    """The longest that a run may take, such as `2 hours`."""
    retries: Annotated[int | None, Field(ge=0)] = None
    """How often a failed run is tried again."""
    dependencies: Words = ()
    """Python packages that its steps import, as pip takes them."""
    shared: bool = False
    """Whether other products may share its cluster."""
