import pytest

from lakemesh.cli.options import example, refuse_later
from lakemesh.errors import CallError


def test_an_example_keeps_its_lines() -> None:
    assert example("a", "b") == "\b\nExample:\n  a\n  b"


def test_what_comes_later_is_refused() -> None:
    refuse_later({"--from": None, "--full-refresh": False})
    with pytest.raises(CallError, match="--to is not built yet"):
        refuse_later({"--from": None, "--to": "2026-01-01"})
