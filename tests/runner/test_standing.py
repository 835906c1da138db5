"""Where a product stands, as text and back."""

from __future__ import annotations

from lakemesh.runner.standing import Position, Standing, standing_from


def test_a_standing_comes_back_from_its_text() -> None:
    standing = Standing(
        {"/lake/a": 3, "/lake/b": None}, {"in": Position("g", 2, is_open=True), "other": None}
    )
    assert standing_from(standing.to_json()) == standing
    assert standing_from(Standing().to_json()) == Standing()
