from __future__ import annotations

import pytest

from lakemesh.plan.validate.frames import UNKNOWN, Frame
from lakemesh.plan.validate.scopes import Scope, Source, resolve, walk
from lakemesh.spec.types import STRING, Primitive, parse_type

A = Frame((("id", STRING), ("c", parse_type("struct<mail string>")), ("raw", Primitive("variant"))))
B = Frame((("id", STRING), ("n", Primitive("int"))))


def parts(name: str) -> list[tuple[str, int]]:
    found, at = [], 0
    for part in name.split("."):
        found.append((part, at))
        at += len(part) + 1
    return found


def said(name: str, scope: Scope) -> str | None:
    problem = resolve(parts(name), scope).problem
    return f"{problem.offset}: {problem.message}" if problem else None


BOTH = Scope([Source("a", A), Source("b", B)])


@pytest.mark.parametrize(
    ("name", "ddl"), [("n", "int"), ("b.n", "int"), ("a.c.mail", "string"), ("C.MAIL", "string")]
)
def test_names_of_columns_and_fields(name: str, ddl: str) -> None:
    found = resolve(parts(name), BOTH)
    assert found.problem is None
    assert found.kind is not None
    assert found.kind.ddl == ddl


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("id", "0: 'id' is ambiguous: it stands in 'a' and 'b'; say which, as in a.id"),
        ("a.n", "2: 'a' has no column 'n'. Known: id, c, raw."),
        ("m", "0: there is no column 'm' in 'a', 'b'. Known: id, c, raw, n."),
        ("c.male", "2: 'c' has no field 'male'. Known: mail. Did you mean 'mail'?"),
        ("b.n.x", "4: 'n' is an int and has no field 'x'"),
    ],
)
def test_names_that_stand_for_nothing(name: str, message: str) -> None:
    assert said(name, BOTH) == message


def test_of_an_unknown_source_nothing_is_said() -> None:
    scope = Scope([Source("a", A), Source("u", UNKNOWN)])
    for name in ("x", "u.x", "u.x.y", "raw.anything"):
        assert said(name, scope) is None
    assert said("a.x", scope) is None  # a column `a` of the unknown one, and its field


def test_an_alias_comes_after_a_column_and_before_the_enclosing_query() -> None:
    outer = Scope([Source("b", B)])
    scope = Scope([Source("a", A)], outer, aliases={"id": Primitive("int"), "n": STRING})
    assert resolve(parts("id"), scope).kind == STRING
    assert resolve(parts("n"), scope).kind == STRING
    assert resolve(parts("b.n"), scope).kind == Primitive("int")


def test_a_merged_column_stands_once() -> None:
    scope = Scope([Source("a", A), Source("b", B, frozenset(["id"]))])
    assert said("id", scope) is None
    assert said("b.id", scope) is None


def test_a_name_that_one_source_has_twice() -> None:
    twice = Frame((("x", STRING), ("X", STRING)))
    assert said("x", Scope([Source("t", twice)])) == "0: 'x' is ambiguous: 't' has it twice"


def test_fields_of_arrays_and_maps() -> None:
    lines, tags = parse_type("array<struct<sku string>>"), parse_type("map<string,int>")
    assert walk(lines, [("sku", 0)], "lines").kind == parse_type("array<string>")
    assert walk(tags, [("any", 0)], "tags").kind == Primitive("int")
    assert walk(None, [("any", 0)], "x").problem is None
