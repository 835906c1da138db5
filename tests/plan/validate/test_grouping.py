"""By which columns SQL keeps rows apart; what refusals say of it stands in test_recomputing."""

from __future__ import annotations

import pytest

from lakemesh.plan.queries import parse_expression, parse_query
from lakemesh.plan.validate.grouping import equated_by, folded_by, is_aggregate, renames_to, windows_of


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("select a, sum(b) from t group by a", {"a"}),
        ("select to_date(a) as a, sum(b) from t group by 1, t.c", {"c"}),
        ("select a as x, sum(b) from t group by 1", {"a"}),
        ("select a, sum(b) from t group by 7", set()),
        ("select A, sum(b) as b from t group by all", {"a"}),
        ("select a, sum(b) from t group by cube (a)", set()),
        ("select a, sum(b) from t group by a with rollup", set()),
        ("select sum(b) from t", set()),
    ],
)
def test_what_an_aggregate_goes_by(query: str, columns: set[str]) -> None:
    assert folded_by(None, parse_query(query).tree) == columns


def test_what_a_window_goes_by() -> None:
    (window,) = windows_of("sum(b) over (partition by a, lower(c) order by d)")
    assert folded_by(window, None) == {"a"}
    assert list(windows_of("a + 1")) == []


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ("l.a = r.a and (l.B = r.b and l.c = r.d)", {"a", "b"}),
        ("l.a = r.a or l.b = r.b", set()),
        ("l.a <= r.a", set()),
    ],
)
def test_what_a_condition_equates(condition: str, columns: set[str]) -> None:
    assert equated_by(parse_expression(condition).tree) == columns
    assert equated_by(None) == set()


@pytest.mark.parametrize(
    ("item", "name"),
    [("a", None), ("t.a as a", None), ("a as b", None), ("b as A", "A"), ("a + 1 as a", "a")],
)
def test_what_takes_a_columns_name(item: str, name: str | None) -> None:
    assert renames_to(item, ("a",)) == name


@pytest.mark.parametrize(
    ("sql", "folds"),
    [
        ("count(*)", True),
        ("1 + max(n)", True),
        ("first(n) ignore nulls", True),
        ("sum(n) filter (where n > 1)", True),
        ("sum(n) over ()", False),
        ("first(n) ignore nulls over ()", False),
        ("aggregate(l, 0, (a, x) -> a + x)", False),
        ("greatest(n, 1)", False),
        ("array_max(l)", False),
    ],
)
def test_what_folds_rows(sql: str, folds: bool) -> None:
    assert is_aggregate(parse_expression(sql).tree) is folds
