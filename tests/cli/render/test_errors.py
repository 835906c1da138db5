import json

import pytest

from lakemesh.cli.render.errors import print_error, print_trace, wants_json
from lakemesh.errors import Finding, LakemeshError, RunError, SpecError

FINDINGS = [Finding("b.yml", 3, 1, "two"), Finding("a.yml", 1, 2, "one", "unknown-key")]


def test_findings_are_lines_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(SpecError(FINDINGS), as_json=False)
    assert capsys.readouterr().err == "a.yml:1:2: one\nb.yml:3:1: two\n"


def test_findings_are_objects_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(SpecError(FINDINGS), as_json=True)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["error"], first["file"], first["line"], first["column"]) == ("SpecError", "a.yml", 1, 2)
    assert (first["code"], second["message"]) == ("unknown-key", "two")


def test_any_error_is_a_sentence_or_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    error = RunError("it broke", "a.b", "f", 3)
    print_error(error, as_json=False)
    print_error(error, as_json=True)
    text, data = capsys.readouterr().err.splitlines()
    assert text == "lakemesh: a.b, flow 'f', batch 3: it broke"
    assert json.loads(data) == {
        "error": "RunError",
        "message": "it broke",
        "product": "a.b",
        "flow": "f",
        "batch": 3,
    }


def test_a_trace_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_trace(LakemeshError("x"))
    assert "LakemeshError: x" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("run -o json", True),
        ("run --output json x", True),
        ("run --output=json", True),
        ("run -ojson", True),
        ("run -o text json", False),
        ("run -o", False),
        ("", False),
    ],
)
def test_whether_json_is_wanted(words: str, wanted: bool) -> None:
    assert wants_json(words.split()) is wanted
