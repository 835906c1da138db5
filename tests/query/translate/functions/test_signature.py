from lakemesh.query.translate.functions.signature import Function, plain
from lakemesh.query.translate.types import BIGINT, INT, STRING
from lakemesh.query.translate.values import Value, constant


def test_a_template_casts_its_arguments() -> None:
    twice = plain("twice({0}, {1})", [BIGINT, None], None)
    made = twice.rule(constant(1), Value("x", STRING))
    assert (made.sql, made.type) == ("twice(CAST(1 AS BIGINT), x)", INT)


def test_how_many_arguments() -> None:
    some = Function(1, 2, lambda v: v)
    assert (some.takes(2), some.takes(3), some.counts) == (True, False, "1 to 2 arguments")
