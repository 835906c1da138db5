import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lakemesh.errors import QueryError
from lakemesh.query import read_sql
from lakemesh.spec.loader import Mesh, load_mesh

ORDERS = "checkout.orders.orders"


def rows(mesh: Mesh, sql: str) -> list[tuple[Any, ...]]:
    return list(read_sql(mesh, sql).rows)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        (f"select count(*) from {ORDERS}", [(3,)]),
        ("select count(*) from Checkout.ORDERS.Orders", [(3,)]),
        (f"select sum(amount) from {ORDERS}", [(Decimal("21.10"),)]),
        (f"select ORDER_ID from {ORDERS} where Amount > 1.05 order by 1", [("a",), ("b",)]),
        (f"select order_id from {ORDERS} order by amount", [("c",), ("a",), ("b",)]),
        (f"select orders.at from {ORDERS} where checkout.orders.orders.at = 2", [(2,)]),
        (f"select customer.email, lines[0] from {ORDERS} where order_id = 'a'", [("x@example.com", "p")]),
        (f"select explode(lines) as l from {ORDERS} order by l", [("p",), ("q",), ("r",)]),
        (f"select l from {ORDERS} lateral view explode(lines) t as l order by l", [("p",), ("q",), ("r",)]),
        (f"with o as (select * from {ORDERS}) select max(order_id) from o", [("c",)]),
        (f"select count(*) from {ORDERS} version as of 0", [(1,)]),
        (f"select a.at from {ORDERS} version as of 0 a join {ORDERS} b on a.at = b.at", [(1,)]),
        (f"select count_if(at > 1) from {ORDERS} group by all", [(2,)]),
        (f"select date_format(updated_at, 'yyyy-MM-dd') from {ORDERS} where at = 1", [("2026-01-01",)]),
        (f"select order_id from {ORDERS} where at = 1 union all select 'z' order by 1", [("a",), ("z",)]),
        ("select * from range(2)", [(0,), (1,)]),
        ("values (1), (2)", [(1,), (2,)]),
        ("select 7 / 2, 7 div 2, 7 % 2", [(3.5, 3, 1)]),
        ("select try_cast('x' as int), try_divide(1, 0)", [(None, None)]),
        ("select 1;", [(1,)]),
    ],
)
def test_databricks_sql_is_answered(mesh: Mesh, sql: str, wanted: list[tuple[Any, ...]]) -> None:
    assert rows(mesh, sql) == wanted


def test_headings_and_types_are_told(mesh: Mesh) -> None:
    answer = read_sql(mesh, f"select count(*), sum(amount) as total, current_date from {ORDERS}")
    assert answer.columns == ("count(*)", "total", "current_date()")
    assert answer.types == ("bigint", "decimal(22,2)", "date")


def test_a_limit_cuts_and_says_so(mesh: Mesh) -> None:
    cut = read_sql(mesh, f"select * from {ORDERS}", limit=2)
    assert (len(cut.rows), cut.more) == (2, True)
    whole = read_sql(mesh, f"select * from {ORDERS}", limit=3)
    assert (len(whole.rows), whole.more) == (3, False)


def test_instants_are_in_the_mesh_s_zone(open_mesh: Callable[[str], Mesh]) -> None:
    mesh = open_mesh("Europe/Berlin")
    ((at, zone, text),) = rows(
        mesh, f"select updated_at, current_timezone(), cast(updated_at as string) from {ORDERS} where at = 1"
    )
    assert at == dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    assert at.isoformat() == "2026-01-01T13:00:00+01:00"
    assert zone == "Europe/Berlin"
    assert text.startswith("2026-01-01 13:00:00")


def test_the_present_is_the_present(mesh: Mesh) -> None:
    before = dt.datetime.now(dt.UTC)
    ((now, also),) = rows(mesh, "select current_timestamp(), now()")
    assert before - dt.timedelta(seconds=1) <= now <= dt.datetime.now(dt.UTC)
    assert now == also


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from chekout.orders.orders", "Did you mean 'checkout.orders.orders'?"),
        ("select * from orders", "A table is named domain.product.port."),
        ("select * from orders", "Did you mean 'checkout.orders.orders'?"),
        ("select * from cart.carts.carts_v2", "Run it first: lakemesh run cart.carts"),
        ("select * from cart.carts.events_v2__rejected", "no run has put a row aside there"),
        ("select * from cart._ops.runs", "Run it first: lakemesh run 'cart.*'"),
        (f"select amuont from {ORDERS}", "line 1, column 8: there is no column 'amuont'. Known: order_id,"),
        (f"select amuont from {ORDERS}", "Did you mean 'amount'?"),
        (f"select customer.mail from {ORDERS}", "no field 'mail' in a value of type struct. Known: email"),
        ("select a.x from (select 1 as x) as a join (select 2 as x) as b on x = 2", "say which, as a.x"),
        ("select foo(1)", "the function foo() is not answered here as on Databricks."),
        ("select uper('a')", "Did you mean 'upper'?"),
        ("select round()", "round() takes 1 to 2 arguments, not 0."),
        ("select cast('x' as int)", "cannot cast 'x' to int: use try_cast for NULL"),
        ("select 2147483647 + 1", "Overflow"),
        ("select 1 / 0", "division by zero"),
        ("selec 1", "SQL syntax at line 1, column 7"),
        ("select 1,\n  (2", "SQL syntax at line 2, column 4"),
        (
            "select a from b wher c",
            "SQL syntax at line 1, column 22: invalid expression / unexpected token near 'c'",
        ),
        ("select 1 fro checkout", "SQL syntax at line 1, column 14"),
        ("", "there is no statement"),
        ("-- nothing", "there is no statement"),
        (f"select * from {ORDERS} timestamp as of '2020-01-01'", "the table was not there yet"),
        (f"select * from {ORDERS} timestamp as of 'noon'", "'noon' is no ISO 8601 timestamp"),
        (f"select * from {ORDERS} version as of 99", "cannot be read"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_sentence(mesh: Mesh, sql: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_sql(mesh, sql)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


ATTACKS = [
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    "select * from `/etc/passwd`",
    "select * from '/etc/passwd.csv'",
    "select * from delta.`/etc`",
    "select * from csv.`/etc/passwd`",
    "select * from parquet.`/tmp/x.parquet`",
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('/etc/passwd')",
    "select * from read_parquet('https://example.com/x.parquet')",
    "select * from read_json('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_files('/etc')",
    "select * from parquet_metadata('/tmp/x')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/*')",
    "select (select count(*) from read_text('/etc/passwd'))",
    f"select * from {ORDERS} a, lateral (select * from read_text('/etc/passwd'))",
    "with x as (select * from read_text('/etc/passwd')) select * from x",
    "select getenv('HOME')",
    "select current_setting('home_directory')",
    "select getvariable('x')",
    "select * from duckdb_settings()",
    "select * from duckdb_settings",
    "select * from duckdb_secrets()",
    "select * from pg_catalog.pg_class",
    "select * from information_schema.tables",
    "select * from system.information_schema.tables",
    "select * from temp.main._table_0",
    "select * from _table_0",
    "select * from memory.main._table_0",
    "select * from sqlite_master",
    "select * from query('select 1')",
    "select * from query_table('x')",
    "select * from arrow_scan(1, 2, 3)",
    "select * from pandas_scan(1)",
    "select * from identifier('checkout.orders.orders')",
    "select * from json_execute_serialized_sql('{}')",
    "select write_log('x')",
    "select nextval('x')",
    "copy (select 1) to '/tmp/lakemesh_attack'",
    "copy into x from '/tmp'",
    "attach '/tmp/lakemesh_attack' as y",
    "detach checkout",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set x = 1",
    "set enable_external_access = true",
    "reset all",
    "use checkout",
    "call pragma_version()",
    "explain select 1",
    "execute immediate 'select 1'",
    "prepare p as select 1",
    "export database '/tmp/lakemesh_attack'",
    "vacuum",
    "checkpoint",
    "begin",
    "drop table checkout.orders.orders",
    "truncate table checkout.orders.orders",
    "alter table checkout.orders.orders add column x int",
    "delete from checkout.orders.orders",
    "update checkout.orders.orders set at = 1",
    "insert into checkout.orders.orders values (1)",
    "merge into checkout.orders.orders using x on true when matched then delete",
    "create table x as select 1",
    "create view x as select 1",
    "create or replace temp view x as select 1",
    "with a as (insert into checkout.orders.orders select 1) select 1",
    "select 1 into x",
    "select 1; drop table checkout.orders.orders",
    "select 1; select * from read_text('/etc/passwd')",
    "select $1",
    "select :x",
    "select java_method('java.lang.System', 'getenv')",
    "select * from mesh",
    "select * from known",
]


@pytest.mark.parametrize("sql", ATTACKS)
def test_nothing_but_the_mesh_s_tables_is_reached(mesh: Mesh, sql: str) -> None:
    with pytest.raises(QueryError):
        read_sql(mesh, sql)
    assert not Path("/tmp/lakemesh_attack").exists()


def test_duckdb_itself_is_locked() -> None:
    """What a hole in the reading of a statement would come upon."""
    import duckdb

    from lakemesh.query.ask import _lock

    with duckdb.connect(":memory:") as connection:
        _lock(connection, "UTC")
        for sql in (
            "select * from read_text('/etc/passwd')",
            "select * from '/etc/passwd'",
            "copy (select 1) to '/tmp/lakemesh_attack'",
            "attach '/tmp/lakemesh_attack' as y",
            "load httpfs",
            "set enable_external_access = true",
            "set TimeZone = 'Europe/Berlin'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(sql).fetchall()


def test_only_tables_that_are_named_are_opened(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = __import__("lakemesh.query.ask", fromlist=["open_table"]).open_table
    monkeypatch.setattr(
        "lakemesh.query.ask.open_table",
        lambda place, version=None: opened.append(place.name) or real(place, version),
    )
    read_sql(mesh, f"select * from {ORDERS} a join {ORDERS} b on a.at = b.at")
    assert opened == [ORDERS]


def test_tables_on_databricks_are_not_read_from_here(root: Path) -> None:
    with pytest.raises(QueryError, match="Databricks"):
        read_sql(load_mesh(root, "prod").require(), "select 1")


def test_what_is_nested_too_deep_is_told(mesh: Mesh) -> None:
    terms = " or ".join(f"at = {number}" for number in range(2000))
    with pytest.raises(QueryError, match="nested too deep"):
        read_sql(mesh, f"select count(*) from {ORDERS} where {terms}")
