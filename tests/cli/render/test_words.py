import pytest

from lakemesh.cli.render.words import count, span, unchanged


@pytest.mark.parametrize(("number", "text"), [(0, "0 rows"), (1, "1 row"), (20_000, "20,000 rows")])
def test_count(number: int, text: str) -> None:
    assert count(number, "row") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (4.21, "4.2 s"), (190, "3 min 10 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_span(seconds: float | None, text: str) -> None:
    assert span(seconds) == text


def test_unchanged() -> None:
    assert unchanged("main") == "No product selected has changed since main."
