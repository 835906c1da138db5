from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lakemesh.spec.steps import Cast, Join, Python, Sql, Step, Union

STEP: TypeAdapter[Any] = TypeAdapter(Step)


def step(**said: Any) -> Any:
    return STEP.validate_python(said)


def test_sql_is_a_text_or_a_path() -> None:
    assert step(sql="select 1").path is None
    assert step(sql="transforms/a.sql").path == "transforms/a.sql"
    assert isinstance(step(sql="select * from a.sql"), Sql)
    assert step(sql="select * from a.sql").path is None


def test_python_is_a_path_with_a_function_or_a_text() -> None:
    assert step(python="transforms/a.py:f", **{"from": "x"}).path == ("transforms/a.py", "f")
    inline = step(python="def f(x):\n    return x\n", **{"from": "x"})
    assert isinstance(inline, Python)
    assert inline.path is None
    assert inline.reads == ("x",)


def test_what_a_step_reads() -> None:
    assert step(kind="filter", where="true", **{"from": "a"}).reads == ("a",)
    union = step(kind="union", **{"from": ["a", "b"]})
    assert isinstance(union, Union)
    assert union.reads == ("a", "b")


def test_null_is_a_word_for_a_cast() -> None:
    said: dict[str, Any] = {"kind": "cast", "from": "a", "columns": {"b": "int"}}
    assert step(**said, onError=None) == step(**said, onError="null")
    cast = step(**said)
    assert isinstance(cast, Cast)
    assert cast.on_error == "reject"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"how": "inner"}, "a join takes one of"),
        ({"on": "a", "condition": "b"}, "a join takes one of"),
        ({"how": "cross", "on": "a"}, "takes neither"),
        ({"on": "a", "from": "a"}, "at least 2"),
    ],
)
def test_joins_that_are_none(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        step(**{"kind": "join", "from": ["a", "b"], **said})


def test_a_join() -> None:
    join = step(kind="join", on="id", **{"from": ["a", "b"]})
    assert isinstance(join, Join)
    assert (join.on, join.reads, join.how) == (("id",), ("a", "b"), "inner")


def test_a_salt_is_never_a_value() -> None:
    said = {"kind": "pseudonymise", "from": "a", "columns": "b"}
    assert step(**said, salt={"secret": "x/y"}).salt.secret == "x/y"
    with pytest.raises(ValidationError, match="by reference, never by value"):
        step(**said, salt="hush")


def test_steps_are_frozen_and_closed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        step(sql="select 1").sql = "x"
    with pytest.raises(ValidationError, match="Extra inputs"):
        step(sql="select 1", form="x")
