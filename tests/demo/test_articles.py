"""Names that break careless code."""

from __future__ import annotations

from lakemesh.demo.articles import TITLES, UNUSUAL_NAMES


def test_unusual_names_are_unusual_in_every_way() -> None:
    everything = "".join(UNUSUAL_NAMES)
    for oddity in ("\u2028", "\u0085", "\u200d", "\u0301", "'", '"', "\\", "\t", "🛒"):
        assert oddity in everything


def test_no_name_breaks_a_line_of_json() -> None:
    assert not any("\n" in name or "\r" in name for name in UNUSUAL_NAMES)


def test_titles_differ() -> None:
    assert len(set(TITLES)) == len(TITLES)
