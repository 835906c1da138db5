"""A query behind the views that it reads, on the lines where its author wrote it."""

from __future__ import annotations

from lakemesh.plan.composing import query_over


def test_views_stand_in_front_and_lines_keep_their_numbers() -> None:
    text = "select *\nfrom `odd name` -- the end;\n;"
    assert query_over(text, ("odd name", "b")) == (
        "with `odd name` as (select * from {view0}), `b` as (select * from {view1})"
        " (select *\nfrom `odd name` -- the end;\n \n)"
    )


def test_braces_of_the_text_are_no_places_to_fill() -> None:
    assert query_over("select '{x}'", ("a{b}",)) == (
        "with `a{{b}}` as (select * from {view0}) (select '{{x}}'\n)"
    )
    assert query_over("select 1", ()) == "(select 1\n)"
