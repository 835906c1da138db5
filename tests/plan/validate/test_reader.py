"""What queries give and what they read in vain, by Spark's rules of names."""

from __future__ import annotations

import pytest

from lakemesh.plan.queries import parse_query
from lakemesh.plan.validate.frames import SOURCE, UNKNOWN, Frame
from lakemesh.plan.validate.reader import Reader
from lakemesh.plan.validate.scopes import Scope
from lakemesh.spec.types import Struct, parse_type


def frame(ddl: str) -> Frame:
    kind = parse_type(f"struct<{ddl}>")
    assert isinstance(kind, Struct)
    return Frame(kind.fields)


VIEWS = {
    "o": Frame(
        (
            *frame(
                "id string, n int, c struct<mail string>, l array<struct<sku string, q int>>,"
                " m map<string,int>"
            ).fields,
            ("_source", SOURCE),
        )
    ),
    "k": frame("id string, name string"),
    "u": UNKNOWN,
}


def read(sql: str) -> tuple[Frame, list[str]]:
    """The frame, and the text at which each problem stands."""
    tree = parse_query(sql).tree
    assert tree is not None, parse_query(sql).problem
    reader = Reader(lambda name: VIEWS.get(name.lower()))
    given = reader.query(tree, Scope())
    return given, [sql[one.offset :].split(" ", maxsplit=1)[0].strip("(),") for one in reader.problems]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select * from k", "id name"),
        ("select k.*, n as x from o join k on true", "id name x"),
        ("select * except (c, l, m, _source) from o", "id n"),
        ("select c.* from o", "mail"),
        ("select c.mail, upper(id) up, l[0].sku from o", "mail up sku"),
        ("select * from k join (select id, n from o) x using (id)", "id name n"),
        ("select * from k natural join (select id, n from o) x", "id name n"),
        ("select * from k left semi join o on k.id = o.id", "id name"),
        ("select explode(l) from o", "col"),
        ("select explode(l) as e from o", "e"),
        ("select posexplode(l) from o", "pos col"),
        ("select posexplode(l) as (p, e) from o", "p e"),
        ("select explode(m) from o", "key value"),
        ("select inline(l) from o", "sku q"),
        ("select inline_outer(l) from o", "sku q"),
        ("select e.q, p from o lateral view outer posexplode(l) t as p, e", "q p"),
        ("select x.sku from o, lateral explode(l) as t(x)", "sku"),
        ("select t.* from o lateral view explode(m) t as a, b", "a b"),
        ("with a as (select id i, n from o), b as (select *, n + 1 as p from a) select * from b", "i n p"),
        ("with a(x, y) as (select id, n from o) select * from a", "x y"),
        ("select * from (select id, n from o) as t(a, b)", "a b"),
        ("select * from values (1, 'a') as v(x, y)", "x y"),
        ("select id from o union all select name from k", "id"),
        ("select 1 as a, a + 1 as b", "a b"),
        ("select window.start, window from o group by window(_source.modified, '1 day')", "start window"),
        ("select session_window.end as e from o group by session_window(_source.modified, '1 hour')", "e"),
        ("select * from (k)", "id name"),
        ("select id from o union all select x from u", "id"),
        ("with recursive r as (select 1 as a union all select a + 1 from r) select * from r", "a"),
        ("select (select max(name) from k where k.id = o.id) as best from o", "best"),
    ],
)
def test_what_a_query_gives(sql: str, names: str) -> None:
    given, problems = read(sql)
    assert problems == []
    assert given.known
    assert [name for name, _ in given.fields] == names.split()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from u",
        "select *, 1 as a from u",
        "select * from nowhere",
        "select * from range(3)",
        "select stack(2, 1, 2)",
        "select * from k pivot (count(*) for name in ('a', 'b'))",
        "select * from u union all select x from u",
    ],
)
def test_what_cannot_be_known(sql: str) -> None:
    given, problems = read(sql)
    assert problems == []
    assert not given.known


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("select x from o", "x"),
        ("select o.x, c.male, c.mail.x from o", "x male x"),
        ("select _source.pth from o", "pth"),
        ("select * from o where x > 1 and n > 1", "x"),
        ("select id from o group by x", "x"),
        ("select count(*) as a from o having a > 1 and b > 1", "b"),
        ("select id as a from o order by a, b desc", "b"),
        ("select id from o qualify row_number() over (partition by x order by y) = 1", "row_number x y"),
        ("select id, sum(n) over w from o window w as (partition by x)", "x"),
        ("select id from o join k on o.id = k.id", "id"),
        ("select o.id from o join k on o.id = k.x", "x"),
        ("select o.id from o join k using (n)", "n"),
        ("select k.id from o left anti join k on o.id = k.id", "k.id"),
        ("select * except (x) from k", "x"),
        ("select e.x from o lateral view explode(l) t as e", "x"),
        ("select e from o lateral view explode(x) t as e", "x"),
        ("select exists(l, y -> y.x > 1) from o", "x"),
        ("select transform(l, (y, i) -> y.x + i + z) from o", "x z"),
        ("select aggregate(l, 0, (a, y) -> a + y.x) from o", "x"),
        ("select 1 from o where exists (select 1 from k where k.id = o.x)", "x"),
        ("select 1 from o where id in (select x from k)", "x"),
        ("select sum(n) filter (where x) from o", "x"),
        ("select case when x then 1 else y end from o", "x y"),
        ("select struct(id, x as y), named_struct('a', z) from o", "x z"),
        ("with a as (select x from o) select y from a", "x"),
        ("select id from o union all select id, name from k", "id"),
        ("select id from (select name from k)", "id"),
        ("select timestampdiff(HOUR, x, now()), extract(year from y) from o", "x y"),
        ("select b as a, a + 1 as b from k", "b"),
        ("select /*+ broadcast(k) */ x from k", "x"),
        ("select sum(count(*)) from o", "sum(count(*"),
        ("select id, max(n + min(n)) from o group by id", "max(n"),
    ],
)
def test_what_a_query_reads_in_vain(sql: str, wrong: str) -> None:
    assert sorted(read(sql)[1]) == sorted(wrong.split())


@pytest.mark.parametrize(
    "sql",
    [
        "select u.x.y, z from u",
        "select u.x, k.name from u join k on u.id = k.id",
        "select x from o join u on true",
        "select timestampadd(minute, 5, _source.modified), interval 1 day, current_date from o",
        "select id from o group by all order by all",
        "select id, count(*) from o group by grouping sets ((id), ())",
        "select id a from o group by a order by 1",
        "select id from o cluster by id",
        "select t.e.sku from o lateral view explode(l) t as e",
        "select map_filter(m, (k, v) -> v > n), sequence(1, n), m.anything from o",
        "select count(distinct id, n), max_by(id, n), first(id) ignore nulls from o",
        "select * from k where (id, name) in (select id, name from k)",
        "select ID, `Name` from K",
        "select id, sum(count(*)) over (order by id), max(n) from o group by id",
        "select max((select count(*) from k)) from o",
    ],
)
def test_what_is_right(sql: str) -> None:
    assert read(sql)[1] == []
