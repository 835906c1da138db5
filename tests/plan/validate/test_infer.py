from __future__ import annotations

import pytest

from lakemesh.plan.queries import parse_expression
from lakemesh.plan.validate.frames import Frame
from lakemesh.plan.validate.infer import common, type_in
from lakemesh.plan.validate.reader import Reader
from lakemesh.plan.validate.scopes import Scope, Source
from lakemesh.spec.types import STRING, Primitive, Struct, parse_type

KIND = parse_type(
    "struct<s string, i int, b bigint, d double, n decimal(12,2), t timestamp, day date, ok boolean,"
    " l array<struct<sku string, q int>>, m map<string, int>, c struct<mail string>>"
)
assert isinstance(KIND, Struct)
FRAME = Frame(KIND.fields)


def kind_of(sql: str) -> str | None:
    tree = parse_expression(sql).tree
    kind = Reader(lambda _: None).read(tree, Scope([Source("x", FRAME)]))
    return kind.ddl.replace("`", "") if kind else None


@pytest.mark.parametrize(
    ("sql", "ddl"),
    [
        ("s", "string"),
        ("c.mail", "string"),
        ("l.sku", "array<string>"),
        ("l[0].q", "int"),
        ("m['a']", "int"),
        ("m.a", "int"),
        ("1", "int"),
        ("3000000000", "bigint"),
        ("1.50", "decimal(3,2)"),
        ("'x'", "string"),
        ("true", "boolean"),
        ("i + b", "bigint"),
        ("i * d", "double"),
        ("i > 1 and not ok", "boolean"),
        ("s like '%x' or s is null", "boolean"),
        ("coalesce(i, 0)", "int"),
        ("coalesce(s, 'x')", "string"),
        ("if(ok, i, b)", "bigint"),
        ("case when ok then 'a' else s end", "string"),
        ("cast(s as decimal(12,2))", "decimal(12,2)"),
        ("try_cast(s as timestamp)", "timestamp"),
        ("s::date", "date"),
        ("cast(s as struct<a: int>)", "struct<a:int>"),
        ("upper(trim(s)) || 'x'", "string"),
        ("length(s)", "int"),
        ("to_date(t)", "date"),
        ("current_timestamp()", "timestamp"),
        ("date_trunc('DAY', t)", "timestamp"),
        ("year(day)", "int"),
        ("count(*)", "bigint"),
        ("sum(i)", "bigint"),
        ("sum(n)", "decimal(22,2)"),
        ("avg(i)", "double"),
        ("max(t)", "timestamp"),
        ("collect_list(s)", "array<string>"),
        ("size(l)", "int"),
        ("transform(l, x -> x.sku)", "array<string>"),
        ("filter(l, x -> x.q > 1)", "array<struct<sku:string,q:int>>"),
        ("exists(l, x -> x.q > 1)", "boolean"),
        ("aggregate(l, cast(0 as bigint), (a, x) -> a + x.q)", "bigint"),
        ("named_struct('a', s, 'b', i)", "struct<a:string,b:int>"),
        ("array(i, b)", "array<bigint>"),
        ("row_number() over (order by i)", "int"),
        ("lag(s) over (order by i)", "string"),
    ],
)
def test_types_that_the_form_says(sql: str, ddl: str) -> None:
    assert kind_of(sql) == ddl


@pytest.mark.parametrize(
    "sql", ["some_function(s)", "n * n", "n / 2", "coalesce(i, s)", "if(ok, s, i)", "i + s", "1e3", "avg(n)"]
)
def test_types_that_are_sparks_to_say(sql: str) -> None:
    assert kind_of(sql) is None


def test_the_one_type_of_several_values() -> None:
    assert common([Primitive("int"), Primitive("bigint")]) == Primitive("bigint")
    assert common([STRING, None]) is None
    assert common([]) is None


def test_a_type_that_spark_does_not_have() -> None:
    tree = parse_expression("cast(s as interval)").tree
    assert tree is not None
    assert type_in(tree.args["to"]) is None
