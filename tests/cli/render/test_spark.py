import pytest

from lakemesh.cli.render.progress import PlainProgress
from lakemesh.cli.render.spark import start_spark


def test_one_line_says_what_takes_so_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lakemesh.runner.session.open_session", lambda mesh: mesh)
    mesh = object()
    assert start_spark(mesh, PlainProgress(), debug=False) is mesh  # type: ignore[arg-type, comparison-overlap]
    assert capsys.readouterr().err.endswith(" starting Spark\n")
