from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakemesh.spec.types import STRING, Array, DataType, Decimal, Map, Primitive, Struct, has_map, parse_type

NAMES = st.text(min_size=1, max_size=6).filter(lambda name: name.isprintable() and name.strip() == name)
SIMPLE: st.SearchStrategy[DataType] = st.sampled_from(
    [STRING, Primitive("bigint"), Primitive("timestamp_ntz"), Decimal(12, 2), Decimal(38, 0)]
)
TYPES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(Array, inner)
        | st.builds(Map, inner, inner)
        | st.lists(st.tuples(NAMES, inner), min_size=1, max_size=3).map(lambda fields: Struct(tuple(fields)))
    ),
    max_leaves=6,
)


@given(kind=TYPES)
@example(kind=Struct(((")", STRING),)))
@example(kind=Array(Struct((("<`(", Map(STRING, Decimal(12, 2))),))))
def test_ddl_reads_back_as_the_same_type(kind: DataType) -> None:
    assert parse_type(kind.ddl) == kind


@pytest.mark.parametrize(
    ("text", "ddl"),
    [
        ("LONG", "bigint"),
        ("integer", "int"),
        ("decimal", "decimal(10,0)"),
        ("numeric( 5 )", "decimal(5,0)"),
        ("array < map<string, int> >", "array<map<string,int>>"),
        ("struct<a: int, `b c`: struct<d:date>>", "struct<`a`:int,`b c`:struct<`d`:date>>"),
        ("struct<a int, b string>", "struct<`a`:int,`b`:string>"),
        ("struct<>", "struct<>"),
        ("struct<`a(`: int, `>``(`: string>", "struct<`a(`:int,`>``(`:string>"),
    ],
)
def test_types_are_read_as_spark_reads_them(text: str, ddl: str) -> None:
    assert parse_type(text).ddl == ddl


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("money", "'money' is no type of Spark"),
        ("decimal(12", "has no closing bracket"),
        ("decimal(39,0)", "out of range"),
        ("decimal(2,3)", "out of range"),
        ("decimal(x)", "is no type of Spark"),
        ("int int", "'int' is too much"),
        ("varchar(3)", "expect_column_value_lengths_to_be_between"),
        ("map<string>", "',' is missing"),
        ("", "is no type of Spark"),
        ("array<>", "is no type of Spark"),
    ],
)
def test_what_is_no_type_is_said_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_type(text)


def test_fields_are_found_whatever_their_case() -> None:
    struct = Struct((("Id", STRING),))
    assert struct.get("iD") == STRING
    assert struct.get("x") is None
    assert struct.names == ("Id",)


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        ("int", False),
        ("array<struct<a:int>>", False),
        ("map<string,int>", True),
        ("array<struct<a:map<string,int>>>", True),
    ],
)
def test_a_type_that_is_or_holds_a_map(kind: str, has: bool) -> None:
    assert has_map(parse_type(kind)) == has
