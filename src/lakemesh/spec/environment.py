"""Environments: the only place that knows which platform a product runs on."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from lakemesh.spec.hubs import HubPlace
from lakemesh.spec.model import Model


def _instant(value: Any) -> Any:
    """An ISO 8601 instant; one without a zone is UTC."""
    if not isinstance(value, str):
        return value
    moment = dt.datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


# Behind a semicolon stand parameters, such as use_ssl=true.
_REMOTE = re.compile(r"local(\[(\d+|\*)\])?|sc://[^/;,\s]+(/(;(?!token=)[^;\s]+)*)?")
Instant = Annotated[dt.datetime, BeforeValidator(_instant)]


class Secrets(Model):
    """Where secrets come from: environment variables, or Databricks secret scopes."""

    from_: Annotated[Literal["env", "databricks"], Field(alias="from")] = "env"
    """`env` reads environment variables; `databricks` is not built yet."""
    file: str | None = None
    """Where variables are looked up that the process has not: lines of NAME=value. Default: nowhere."""


class SparkBlock(Model):
    """Where Spark runs: a master, or a Spark Connect address; and its settings."""

    master: str | None = None
    """A master URL, such as `local[*]` or `spark://host:7077`."""
    remote: str | None = None
    """A Spark Connect address, such as `sc://host:15002`, or `local[2]`: a server that lakemesh starts."""
    settings: dict[str, str | int | float | bool] = {}
    """Spark's own settings, by their names."""

    @model_validator(mode="after")
    def _is_one_place(self) -> SparkBlock:
        if self.master and self.remote:
            raise ValueError("spark says either master or remote (a Spark Connect address), not both")
        return self

    @field_validator("remote")
    @classmethod
    def _is_an_address(cls, remote: str | None) -> str | None:
        if remote is None or _REMOTE.fullmatch(remote):
            return remote
        if ";token=" in remote:
            raise ValueError(
                "a token is a secret, and no part of a file: leave it out, and set"
                " SPARK_CONNECT_AUTHENTICATE_TOKEN where lakemesh runs"
            )
        raise ValueError("remote is a Spark Connect address, such as sc://host:15002, or local[2]")


class EnvironmentSpec(Model):
    """conf/environments/<name>.yml."""

    platform: Literal["local", "databricks"]
    """Where tables and files are."""
    lakehouse: str | None = None
    """The folder of the tables, from the mesh's folder; required where the platform is local."""
    catalogs: dict[str, str] = {}
    """The Unity Catalog catalog of each domain."""
    schema_prefix: str | None = None
    """What stands before the name of each product's schema, such as `ann_`: developers share the rest."""
    landing: dict[str, str] = {}
    """The folder of each domain's files; specs say `${landing.<domain>}`."""
    hubs: dict[str, HubPlace] = {}
    """Where each domain's Event Hubs are."""
    secrets: Secrets = Secrets()
    """Where secrets come from."""
    principals: dict[str, str] = {}
    """The group or user behind each role."""
    compute: dict[str, dict[str, Any]] = {}
    """Profiles that products name: serverless or a cluster, and its size."""
    spark: SparkBlock = SparkBlock()
    """Where Spark runs."""
    clock: Instant | None = None
    """A fixed time for runs, for data that never changes. Left out where data is live."""
    read_from: str | None = None
    """The environment in which products are read that have not run in this one."""
    variables: dict[str, str | int | bool] = {}
    """Words of one's own: specs say `${NAME}`."""

    @model_validator(mode="after")
    def _has_its_place(self) -> EnvironmentSpec:
        if self.platform == "local" and not self.lakehouse:
            raise ValueError("a local environment needs lakehouse: the folder of its tables")
        return self
