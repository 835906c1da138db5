"""The salt of the demo: found where a run will find it, or made and kept there."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakemesh.demo.salt import SALT, keep_salt
from lakemesh.run import secrets_from_env
from lakemesh.spec.environment import EnvironmentSpec


def environment(**secrets: str) -> EnvironmentSpec:
    return EnvironmentSpec.model_validate({"platform": "local", "lakehouse": "l", "secrets": secrets})


def test_a_salt_is_made_once_and_is_what_a_run_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARKETING_EMAIL_SALT", raising=False)
    kept = environment(file="data/secrets.env")
    assert keep_salt(tmp_path, kept, 7) == keep_salt(tmp_path, kept, 8) == "demo-7"
    file = tmp_path / "data/secrets.env"
    assert file.read_text(encoding="utf-8") == "MARKETING_EMAIL_SALT=demo-7\n"
    assert secrets_from_env([SALT], str(file)).get(SALT) == "demo-7"
    monkeypatch.setenv("MARKETING_EMAIL_SALT", "mine")
    assert keep_salt(tmp_path, kept, 7) == "mine"


def test_without_a_file_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARKETING_EMAIL_SALT", raising=False)
    assert keep_salt(tmp_path, environment(), 7) == "demo-7"
    assert list(tmp_path.iterdir()) == []
