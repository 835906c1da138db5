import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest

from lakemesh.cli.render.tables import cell_text, is_fancy, plain_lines, print_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_numbers_stand_at_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "n"), [("a", 1), ("bb", 100), ("c", None)])
    assert capsys.readouterr().out == "name     n\n----  ----\na        1\nbb     100\nc     NULL\n"


def test_no_rows_leave_the_heads(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n-  -\n"


def test_wide_letters_take_two_cells() -> None:
    lines = plain_lines(("a", "b"), [("日本", "x"), ("e\u0301", "y")], (False, False))
    assert lines == ["a     b", "----  -", "日本  x", "e\u0301     y"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "true"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        (Decimal("1E+3"), "1000"),
        (dt.datetime(2026, 1, 1, 13, tzinfo=dt.UTC), "2026-01-01 13:00:00+00:00"),
        (dt.date(2026, 1, 1), "2026-01-01"),
        ({"a": [1]}, '{"a": [1]}'),
    ],
)
def test_a_cell_is_one_harmless_line(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_decoration_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert is_fancy(Terminal())
    assert not is_fancy(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_fancy(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not is_fancy(Terminal())


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of 80 columns as stdout; no fixture, since pytest sets stdout anew after those."""
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return screen


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    print_table(("name", "n"), [("[red]a", 1)])
    assert "[red]a" in screen.getvalue()
    assert "─" in screen.getvalue()


def test_where_columns_would_be_squeezed_rows_stand_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    names = [f"column_{n}" for n in range(8)]
    print_table(names, [("a long value", *range(7)), (None, *range(7))])
    lines = screen.getvalue().splitlines()
    assert lines[:3] == ["-- 1 --", "column_0  a long value", "column_1  0"]
    assert lines[9:11] == ["-- 2 --", "column_0  NULL"]


def test_narrow_columns_are_drawn_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    print_table([f"c{n}" for n in range(14)], [range(14)])
    assert "─" in screen.getvalue()
