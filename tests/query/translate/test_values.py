import pytest

from lakemesh.errors import QueryError
from lakemesh.query.translate.types import INT
from lakemesh.query.translate.values import (
    Value,
    cased,
    constant,
    fail,
    let,
    literal_of,
    name,
    text,
    whole_of,
)


def test_texts_and_names_cannot_break_out() -> None:
    assert text("it's") == "'it''s'"
    assert name('a"b') == '"a""b"'


def test_a_long_expression_is_evaluated_once() -> None:
    long = "x" * 200
    assert let("x", lambda v: f"{v} + {v}") == "x + x"
    assert let(long, lambda v: f"{v} + {v}").count(long) == 1


def test_a_failure_shows_its_values() -> None:
    assert fail("no {} here", "v") == "error('no ' || coalesce(CAST(v AS VARCHAR), 'NULL') || ' here')"


def test_a_case() -> None:
    assert cased(("a", "1"), ("b", "2"), otherwise="3") == "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"


def test_a_literal_is_asked_for() -> None:
    assert literal_of(constant(3), "it") == 3
    with pytest.raises(QueryError, match="it has to be a constant"):
        literal_of(Value("x", INT), "it")


def test_a_whole_number_is_asked_for() -> None:
    assert whole_of(constant(3), "it") == 3
    with pytest.raises(QueryError, match="it has to be a whole number"):
        whole_of(constant("x"), "it")
