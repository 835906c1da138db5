from __future__ import annotations

import pytest

from lakemesh.plan.lineage import below, of_expression, of_item, of_query

# `customer` is a struct with a marked field, `note` a marked column; `p` has nothing marked.
VIEWS = {"o": frozenset({("customer", "email"), ("note",)}), "p": frozenset[tuple[str, ...]]()}
ALL = "*"


def said(paths: frozenset[tuple[str, ...]]) -> str:
    return ALL if () in paths else " ".join(sorted(map(".".join, paths)))


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("select * from o", "customer.email note"),
        ("select * from p", ""),
        ("select customer from o", "customer.email"),
        ("select Customer.Email as M, id from o", "m"),
        ("select o.customer.id, o.note, `o`.`customer` as c from o", "c.email note"),
        ("select upper(note) as n, count(*) as c from o group by 1", "n"),
        ("select upper(note), id from o", ALL),
        ("select id from o where note = 1 order by note", ""),
        ("with a as (select note as x, id from o) select x, id, x || id as y from a", "x y"),
        ("with o as (select 1 as note) select note from o", ""),
        ("with recursive r as (select note as n from o) select n from r", "n"),
        ("select l.email from o lateral view explode(customer) t as l", "email"),
        ("select explode(customer) as c, id from o", "c.email"),
        ("select posexplode(customer) as (p, c) from o", "c.email p.email"),
        ("select a, note from o union all select id, b from p", "note"),
        ("select id, b from p union select a, note from o", "b"),
        ("select * from p union all select * from o", ALL),
        ("select * from p except select * from p", ""),
        ("select (select max(note) from o) as m, id from p", "m"),
        ("select id, n from (select note as n, id from o) s join p using (id)", "n"),
        ("select note as a, a || 'x' as b from o", "a b"),
        ("select struct(note, 1) as s, 1 as one from o", "s"),
        ("select to_json(struct(*)) as j from o", "j"),
        ("select count(*) as n, count(distinct note) as d from o", ""),
        ("select note is null as a, not customer is null as b, note is true as c from o", "c"),
        ("select count(*) over (partition by note) as n from o", "n"),
        ("select transform(customer, x -> x.email) as t from o", "t"),
        ("select c[0].email, c[0].id from (select customer as c from o)", "email"),
        ("select x.a from o as x(a, b)", "a"),
        ("select email from o, lateral inline(customer)", "email"),
        ("select p.id from p join o on p.id = o.id", ""),
        ("select * from o pivot (max(note) for id in (1, 2))", ALL),
        ("select (note from o", ALL),
    ],
)
def test_what_a_query_gives(query: str, marked: str) -> None:
    assert said(of_query(query, VIEWS)) == marked


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("customer.email", "customer.email email"),
        ("customer.id", ""),
        ("note as n", "n"),
        ("`note`", "note"),
        ("lower(note) as x", "x"),
        ("customer as c", "c.email"),
        ("no sql at all", ""),
    ],
)
def test_what_an_item_gives(words: str, marked: str) -> None:
    assert said(of_item(words, VIEWS["o"])) == marked


def test_fields_of_a_struct_come_out_by_their_names() -> None:
    assert ("email",) in of_item("customer.*", VIEWS["o"])


def test_expressions_and_paths() -> None:
    assert said(of_expression("concat(id, note)", VIEWS["o"])) == ALL
    assert said(of_expression("customer", VIEWS["o"])) == "email"
    assert said(of_expression("1 + 1", VIEWS["o"])) == ""
    assert said(of_expression("abs(" * 2000 + "note" + ")" * 2000, VIEWS["o"])) == ALL
    assert said(below(VIEWS["o"], ("note", "deeper"))) == ALL
    assert said(below(frozenset({()}), ("id",))) == ALL
