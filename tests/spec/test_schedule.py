from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from lakemesh.spec.schedule import Compute, Schedule


@pytest.mark.parametrize(
    "said",
    [
        {"cron": "0 */15 * * * ?"},
        {"every": "5 minutes"},
        {"continuous": True},
        {"onFileArrival": "files"},
        {"onUpdate": {"of": "orders", "when": "all"}},
    ],
)
def test_each_trigger_alone(said: Any) -> None:
    schedule = Schedule.model_validate(said)
    assert schedule.model_dump(exclude_none=True, exclude_defaults=True)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "exactly one"),
        ({"every": "5 minutes", "continuous": True}, "exactly one"),
        ({"every": "often"}, "pattern"),
        ({"cron": "* * * * *"}, "seconds first"),
        ({"onUpdate": {"of": []}}, "at least 1"),
    ],
)
def test_triggers_that_are_none(said: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Schedule.model_validate(said)


def test_compute_names_a_profile() -> None:
    assert Compute.model_validate({"profile": "small", "timeout": "30 minutes"}).retries is None
    with pytest.raises(ValidationError):
        Compute.model_validate({"profile": "small", "retries": -1})
