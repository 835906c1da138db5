"""Rows as a multiset, by the columns that an expected row names."""

from __future__ import annotations

from lakemesh.runner.comparison import Difference, _match, _named, _shown


def test_rows_match_by_the_columns_that_are_named_and_each_only_once() -> None:
    actual = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": None}]
    assert _match([{"a": 1, "b": 3}, {"a": 1}, {"a": 2}], actual) == ([], [])
    assert _match([{"a": 1}], actual) == ([], [{"a": 1, "b": 3}, {"a": 2, "b": None}])
    assert _match([{"a": 1}, {"a": 1}, {"a": 1}], actual[:2]) == ([{"a": 1}], [])
    assert _match([{"b": None}], actual) == ([], actual[:2])


def test_a_companion_s_columns_go_without_their_underscore() -> None:
    columns = ("id", "_reason", "_raw", "raw")
    assert _named({"reason": 1, "raw": 2, "id": 3, "_raw": 4}, columns) == {
        "_reason": 1,
        "raw": 2,
        "id": 3,
        "_raw": 4,
    }


def test_a_difference_is_true_where_there_is_one() -> None:
    assert not Difference("t", (), ())
    assert Difference("t", ({"a": 1},), ())
    assert _shown({"a": 1, "b": 2}, {"a"}) == {"a": 1}
    assert _shown({"a": 1, "b": 2}, set()) == {"a": 1, "b": 2}
