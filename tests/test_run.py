"""What a run carries, and secrets that never show."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakemesh.errors import SecretMissing
from lakemesh.run import Run, Secrets, secrets_from_env, variable_of

CLOCK = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_the_variable_of_a_secret() -> None:
    assert variable_of("shop/salt") == "SHOP_SALT"
    assert variable_of("my-scope.a/the_key") == "MY_SCOPE_A_THE_KEY"


def test_a_secret_is_read_from_its_variable_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SALT", "hunter2")
    secrets = secrets_from_env(["shop/salt"])
    assert secrets.get("shop/salt") == "hunter2"
    run: Any = Run(None, "r", CLOCK, secrets=secrets)  # type: ignore[arg-type]
    assert "hunter2" not in f"{secrets} {secrets!r} {run} {run!r}"


def test_a_variable_that_is_not_set_is_looked_up_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_SALT", raising=False)
    file = tmp_path / "secrets.env"
    file.write_text("# OTHER=1\n\nSHOP_SALT = a=b \n", encoding="utf-8")
    assert secrets_from_env(["shop/salt"], str(file)).get("shop/salt") == "a=b"
    monkeypatch.setenv("SHOP_SALT", "hunter2")
    assert secrets_from_env(["shop/salt"], str(file)).get("shop/salt") == "hunter2"
    with pytest.raises(SecretMissing, match="OTHER"):
        secrets_from_env(["other"], str(file))


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_names_its_variable(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SHOP_SALT", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_SALT", value)
    with pytest.raises(SecretMissing, match=r"'shop/salt' is not set.*SHOP_SALT"):
        secrets_from_env(["shop/salt"])
    with pytest.raises(SecretMissing, match="SHOP_SALT"):
        Secrets().get("shop/salt")


def test_a_run_on_another_session_and_at_another_clock() -> None:
    run = Run(None, "r", CLOCK, "Europe/Berlin")  # type: ignore[arg-type]
    other: Any = object()
    assert run.on(other).session is other
    later = run.at(CLOCK + dt.timedelta(days=1))
    assert (later.clock.day, later.run_id, later.time_zone) == (3, "r", "Europe/Berlin")
    run.emit(None)  # type: ignore[arg-type]


def test_a_text_that_holds_a_secret_is_cleaned_of_it() -> None:
    whole = "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=aGlkZGVuIGtleQ=="
    secrets = Secrets({"shop/hub": whole, "shop/salt": "hunter2!", "shop/short": "on"})
    said = f'password="{whole}" salt hunter2! key aGlkZGVuIGtleQ== of one; SharedAccessKey=other; on'
    assert secrets.hide(said) == (
        'password="(secret shop/hub)" salt (secret shop/salt) key (secret shop/hub) of one;'
        " SharedAccessKey=(a key); on"
    )
    assert secrets.hide("nothing") == "nothing"
