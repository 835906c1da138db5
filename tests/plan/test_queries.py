from __future__ import annotations

import pytest

from lakemesh.plan.queries import keeps_rows, parse_expression, parse_query, start_of, tables


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select * from a", ("a",)),
        ("select 1", ()),
        ("with a as (select * from a) select * from a", ("a",)),
        ("with a as (select 1), b as (select * from a) select * from b join c on true", ("c",)),
        ("with recursive a as (select 1 union all select * from a) select * from a", ()),
        (
            "select * from a where x in (select y from b) and exists (with c as (select 1) select * from c)",
            ("a", "b"),
        ),
        ("select * from (select * from a) x, lateral (select * from b) y", ("a", "b")),
        ("select * from a union all select * from A union all select * from `b`", ("a", "b")),
        ("select * from a.b.c", ("a.b.c",)),
        ("select * from range(3), values (1) v(x)", ()),
        ("select * from a lateral view explode(b) c as d", ("a",)),
        ("with a as (select 1) select * from (with b as (select 1) select * from b) x, b", ("b",)),
        ("this is no query", ()),
    ],
)
def test_the_tables_of_a_query(sql: str, names: tuple[str, ...]) -> None:
    assert tables(sql) == names


@pytest.mark.parametrize(
    ("sql", "problem", "rest"),
    [
        ("select a from b where", "something is missing after 'where'", "where"),
        ("select a,, b from c", "nothing stands after this comma", ",, b"),
        ("select\n a,\n from c", "nothing stands after this comma", ",\n from"),
        ("select upper(a, b) from t", "upper() takes fewer arguments than 2", "upper"),
        ("select 1, lpad(trim(a)) from t", "lpad() takes more arguments than these", "lpad"),
        ("select upper(a +) from t", "something is missing after ')'", ") from"),
        ("select a from t where (a and)", "something is missing after ')'", ")"),
        ("selec a from b", "'from' is out of place", "from b"),
        ("-- x\nselect a\n  , 'x from b", "this quote ' is never closed", "'x from"),
        ("select `a from b", "this quote ` is never closed", "`a"),
        ("select /* from x", "this comment is never closed", "/*"),
        ("select a\n from b )", "this ) closes nothing", ")"),
        ("select sum(a from b", "this ( is never closed", "(a from"),
        ("select cast(a as decimal(12,2) as b, c from d", "this ( is never closed", "(a as"),
        ("select a from b where c && d", "'&&' is out of place: write AND", "&&"),
        ("select cast(a as bigit) from b", "'bigit' is no type of Spark. Did you mean 'bigint'?", "bigit"),
        ("  drop table x", "a step is a query: it begins with SELECT or WITH, not with DROP", "drop"),
        ("select 1; select 2", "one statement only: remove what follows ';'", ";"),
        ("-- nothing", "the SQL is empty", "-- nothing"),
    ],
)
def test_what_is_no_query_is_said_at_its_offset(sql: str, problem: str, rest: str) -> None:
    parsed = parse_query(sql)
    assert (parsed.tree, parsed.problem) == (None, problem)
    assert sql[parsed.offset :].startswith(rest)


def test_a_closing_semicolon_and_quoted_openers_are_fine() -> None:
    assert parse_query("select 'it''s (', \"--\", `a'b` from x;").problem == ""


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("a >", "something is missing after '>'"),
        ("a, b", "one expression only"),
        ("a from b", "one expression only: no clause may follow it"),
        ("a; b", "one statement only: remove what follows ';'"),
        ("", "the SQL is empty"),
        ("a = 'x", "this quote ' is never closed"),
    ],
)
def test_what_is_no_expression(sql: str, problem: str) -> None:
    assert parse_expression(sql).problem == problem


def test_an_expression_may_have_a_name() -> None:
    tree = parse_expression("amount * 2 as double").tree
    assert tree is not None
    assert tree.alias == "double"


def test_where_a_node_begins() -> None:
    tree = parse_query("select 1 + count(*) from a").tree
    assert tree is not None
    assert start_of(tree) == 7


@pytest.mark.parametrize(
    "text", ["split(a, ',')", "concat_ws(',', a, b)", "array_join(a, ';')", "array(',', ';', ')')"]
)
def test_punctuation_in_strings_is_no_punctuation(text: str) -> None:
    assert parse_expression(text).problem == ""
    assert parse_query(f"select {text} from t").problem == ""


@pytest.mark.parametrize(
    "sql",
    [
        "select * from a",
        "select r.*, case when r.n >= 5 then 'large' end as size from a as r",
        "select upper(trim(x)), try_cast(y as int), transform(z, v -> v + 1), named_struct('k', 1) from a",
    ],
)
def test_a_plain_select_keeps_its_rows(sql: str) -> None:
    assert keeps_rows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select distinct x from a",
        "select count(*) from a",
        "select any(x) from a",
        "select histogram_numeric(x, 3) from a",
        "select explode(x) from a",
        "select stack(2, x, y) from a",
        "select json_tuple(x, 'k') from a",
        "select x from a where y",
        "select x from a, b",
        "select x from a limit 1",
        "select x from a qualify row_number() over (order by y) = 1",
        "select x from a tablesample (10 percent)",
        "select x from a lateral view explode(y) b as z",
        "select x from a pivot (max(z) for y in (1))",
        "select x from (select * from a)",
        "select x, (select max(y) from b) from a",
        "select x from range(3)",
        "with a as (select 1 as x) select x from a",
        "select x from a union all select x from a",
        "select 1",
        "this is no query",
    ],
)
def test_of_any_other_query_the_rows_are_counted(sql: str) -> None:
    assert not keeps_rows(sql)


def test_window_is_a_function_where_a_bracket_follows() -> None:
    tree = parse_query("select sum(n) from t group by window(at, '1 hour')").tree
    assert tree is not None
    assert tree.args["group"].expressions
    named = parse_query("select sum(n) over w from t window w as (partition by n)").tree
    assert named is not None
    assert named.args["windows"]
