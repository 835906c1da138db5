from pathlib import Path

import pytest

from lakemesh.cli.render.scaffolds import print_made
from lakemesh.scaffold import Made


def test_files_notes_and_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    print_made(Made(Path("m"), ("a.yml",), ("Mind this.",)), False, ["lakemesh run"])
    assert capsys.readouterr().out == "Wrote in m:\n  a.yml\nMind this.\nNext:\n  lakemesh run\n"
