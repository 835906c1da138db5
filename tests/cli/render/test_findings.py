import json

import pytest

from lakemesh.cli.render.findings import print_verdict
from lakemesh.errors import Finding


def test_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict(6, [], as_json=False)
    assert capsys.readouterr() == ("6 products, no findings\n", "")


def test_some(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict(1, [Finding("f", 1, 2, "m"), Finding("f", 3, 4, "n")], as_json=False)
    assert capsys.readouterr() == ("1 product, 2 findings\n", "f:1:2: m\nf:3:4: n\n")


def test_notes_are_said_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    note = Finding("f", 1, 2, "m", severity="note")
    print_verdict(1, [], as_json=False, notes=[note])
    assert capsys.readouterr() == ("note: f:1:2: m\n1 product, no findings\n", "")
    print_verdict(1, [], as_json=True, notes=[note])
    assert json.loads(capsys.readouterr().out)["notes"] == [note.facts()]


def test_as_json_both_streams_tell(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict(1, [Finding("f", 1, 2, "m")], as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out)["findings"][0]["column"] == json.loads(err)["column"] == 2
