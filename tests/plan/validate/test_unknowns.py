from __future__ import annotations

from typing import Any


def test_a_python_step_makes_columns_unknowable_and_that_is_noted(find: Any) -> None:
    (note,) = find(notes=True)
    assert (note.line, note.column, note.code, note.severity) == (73, 13, "unknowable", "note")
    assert "what output port 'ranks' reads of them is not checked" in note.message


def test_what_nothing_reads_is_noted(find: Any) -> None:
    step = "  unread: {kind: drop, from: events, columns: lines}\n  parsed: {kind"
    notes = find(("product", "  parsed: {kind", step), notes=True)
    assert [(one.line, one.column, one.code) for one in notes] == [(45, 3, "unread"), (74, 13, "unknowable")]


def test_what_nothing_reads_by_a_slip_is_not_noted_too(find: Any) -> None:
    found = find(("product", "    from: articles\n", "    from: article\n"), notes=True)
    assert [one.code for one in found] == ["unknowable", "unknown-view"]


def test_notes_are_no_findings(find: Any) -> None:
    assert find() == []


def test_nobody_knows_what_broken_sql_reads(find: Any) -> None:
    codes = [one.code for one in find(("flat", "from typed", "fromm typed"), notes=True)]
    assert "unread" not in codes
    assert "sql" in codes
