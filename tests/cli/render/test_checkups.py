import json

import pytest

from lakemesh.cli.render.checkups import print_checkups
from lakemesh.doctor.checkup import missing, note, ok

FOUND = (ok("git", "/bin/git"), note("JARs", "none", "wait"), missing("Java", "is Java 8", "get another"))


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_checkups(FOUND, as_json=False) == 1
    assert capsys.readouterr().out == (
        "ok       git: /bin/git\n"
        "note     JARs: none\n           -> wait\n"
        "MISSING  Java: is Java 8\n           -> get another\n"
        "1 thing is missing that a run needs.\n"
    )
    assert print_checkups(FOUND[:2], as_json=False) == 0
    assert capsys.readouterr().out.endswith("Nothing that a run needs is missing.\n")


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_checkups(FOUND, as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["healthy"] is False
    assert said["checkups"][0] == {"what": "git", "state": "ok", "found": "/bin/git", "remedy": ""}
