"""The box of a run: its secrets show nowhere, its parts are replaced and never changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, cast

import pytest

from lakemesh.errors import SecretMissing
from lakemesh.observe.events import RunStarted
from lakemesh.run import Run, Secrets, secrets_from_env, variable_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
NO_SESSION = cast("SparkSession", object())


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKOUT_SALT", "pepper")
    assert secrets_from_env(["checkout/salt"]).get("checkout/salt") == "pepper"


@pytest.mark.parametrize(
    ("reference", "variable"),
    [("checkout/salt", "CHECKOUT_SALT"), ("a-b/c.d", "A_B_C_D"), ("x/1", "X_1")],
)
def test_the_variable_of_a_reference(reference: str, variable: str) -> None:
    assert variable_of(reference) == variable


@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_not_set_is_told_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("CHECKOUT_SALT", raising=False)
    if value is not None:
        monkeypatch.setenv("CHECKOUT_SALT", value)
    with pytest.raises(SecretMissing, match=r"'checkout/salt' is not set: .* variable CHECKOUT_SALT"):
        secrets_from_env(["checkout/salt"])
    with pytest.raises(SecretMissing, match="CHECKOUT_SALT"):
        Secrets().get("checkout/salt")


def test_a_secret_shows_in_no_text() -> None:
    secrets = Secrets({"checkout/salt": "pepper"})
    run = Run(NO_SESSION, "r1", CLOCK, secrets=secrets)
    for said in (repr(secrets), str(secrets), repr(run), str(run), f"{run!s} {secrets}"):
        assert "pepper" not in said


def test_a_run_is_replaced_and_never_changed() -> None:
    run = Run(NO_SESSION, "r1", CLOCK)
    other = cast("SparkSession", object())
    later = CLOCK + dt.timedelta(hours=1)
    assert run.on(other).session is other
    assert run.at(later).clock == later
    assert (run.session, run.clock, run.time_zone) == (NO_SESSION, CLOCK, "UTC")
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.clock = later  # type: ignore[misc]


def test_whoever_listens_hears_events() -> None:
    heard: list[Any] = []
    event = RunStarted(product="a.b", run_id="r1")
    Run(NO_SESSION, "r1", CLOCK, emit=heard.append).emit(event)
    Run(NO_SESSION, "r1", CLOCK).emit(event)
    assert heard == [event]
