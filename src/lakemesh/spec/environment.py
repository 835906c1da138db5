"""Environments: the only place that knows which platform a product runs on."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lakemesh.spec.model import Model


def _instant(value: Any) -> Any:
    """An ISO 8601 instant; one without a zone is UTC."""
    if not isinstance(value, str):
        return value
    moment = dt.datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


Instant = Annotated[dt.datetime, BeforeValidator(_instant)]


class HubPlace(Model):
    """Where a domain's Event Hubs are, and how they are read."""

    transport: Literal["capture", "kafka", "amqp"]
    path: str | None = None
    namespace: str | None = None
    credential: str | dict[str, str] | None = None
    starting_position: str | None = None


class Secrets(Model):
    """Where secrets come from: environment variables, or Databricks secret scopes."""

    from_: Annotated[Literal["env", "databricks"], Field(alias="from")] = "env"


class SparkBlock(Model):
    """Where Spark runs: a master, or a Spark Connect address; and its settings."""

    master: str | None = None
    remote: str | None = None
    settings: dict[str, str | int | float | bool] = {}

    @model_validator(mode="after")
    def _is_one_place(self) -> SparkBlock:
        if self.master and self.remote:
            raise ValueError("spark says either master or remote (a Spark Connect address), not both")
        return self


class EnvironmentSpec(Model):
    """conf/environments/<name>.yml."""

    platform: Literal["local", "databricks"]
    lakehouse: str | None = None
    catalogs: dict[str, str] = {}
    schema_prefix: str | None = None
    landing: dict[str, str] = {}
    hubs: dict[str, HubPlace] = {}
    secrets: Secrets = Secrets()
    principals: dict[str, str] = {}
    compute: dict[str, dict[str, Any]] = {}
    spark: SparkBlock = SparkBlock()
    clock: Instant | None = None
    read_from: str | None = None
    variables: dict[str, str | int | bool] = {}

    @model_validator(mode="after")
    def _has_its_place(self) -> EnvironmentSpec:
        if self.platform == "local" and not self.lakehouse:
            raise ValueError("a local environment needs lakehouse: the folder of its tables")
        return self
