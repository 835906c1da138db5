from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from lakemesh.spec.environment import EnvironmentSpec


def environment(**said: Any) -> EnvironmentSpec:
    return EnvironmentSpec.model_validate({"platform": "local", "lakehouse": "lakehouse", **said})


def test_a_clock_without_a_zone_is_in_utc() -> None:
    assert environment(clock="2026-01-02T03:04:05").clock == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert environment().clock is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"lakehouse": None}, "needs lakehouse"),
        ({"spark": {"master": "local", "remote": "sc://x"}}, "not both"),
        ({"spark": {"remote": "localhost:15002"}}, "such as sc://host:15002"),
        ({"spark": {"remote": "sc://x:443/;use_ssl=true;token=hidden"}}, "SPARK_CONNECT_AUTHENTICATE_TOKEN"),
        ({"clock": "noon"}, "isoformat"),
        ({"secrets": {"from": "file"}}, "env"),
        ({"hubs": {"a": {"transport": "smoke"}}}, "capture"),
    ],
)
def test_environments_that_are_none(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        environment(**said)


@pytest.mark.parametrize("remote", ["sc://x", "sc://[::1]:15002/;use_ssl=true", "local", "local[2]"])
def test_addresses_of_spark_connect(remote: str) -> None:
    assert environment(spark={"remote": remote}).spark.remote == remote
