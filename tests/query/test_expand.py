"""Views of products in `lakemesh sql`: their own query over their own tables, wherever they are named."""

from __future__ import annotations

import pytest

from lakemesh.errors import QueryError
from lakemesh.query.expand import expand
from lakemesh.query.statement import read_statement

VIEWS = {
    "shop.orders.dear": "with big as (select * from orders) select id, price from big join lines using (id)"
}


def expanded(sql: str) -> tuple[str, list[tuple[str, ...]]]:
    statement = expand(read_statement(sql), VIEWS)
    return statement.tree.sql("duckdb"), [ref.parts for ref in statement.tables]


def test_a_view_becomes_its_query_over_the_products_tables() -> None:
    sql, tables = expanded("select dear.id, o.x from Shop.orders.dear join shop.orders.other as o using (id)")
    assert sql == (
        "SELECT dear.id, o.x FROM (WITH big AS (SELECT * FROM orders) SELECT id, price FROM big JOIN lines"
        ' USING (id)) AS "dear" JOIN shop.orders.other AS o USING (id)'
    )
    assert sorted(tables) == [
        ("Shop", "orders", "lines"),
        ("Shop", "orders", "orders"),
        ("shop", "orders", "other"),
    ]


def test_it_may_stand_twice_and_keeps_its_alias() -> None:
    sql, tables = expanded("select 1 from shop.orders.dear as a, shop.orders.dear as b where a.id = b.id")
    assert (sql.count('AS "a"'), sql.count('AS "b"'), len(tables)) == (1, 1, 4)


def test_other_statements_stay_as_they_are() -> None:
    statement = read_statement("select * from shop.orders.lines")
    assert expand(statement, VIEWS).tables == statement.tables


def test_a_view_has_no_versions_and_does_no_deeds() -> None:
    with pytest.raises(QueryError, match=r"shop\.orders\.dear is a view, which keeps no versions"):
        expanded("select * from shop.orders.dear version as of 1")
    with pytest.raises(QueryError, match="only queries"):
        expand(read_statement("select * from shop.orders.bad"), {"shop.orders.bad": "drop table x"})
