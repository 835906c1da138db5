import pytest
from sqlglot import parse_one

from lakemesh.errors import QueryError
from lakemesh.query.translate.scope import Scope, Source, place_of
from lakemesh.query.translate.types import INT, STRING, struct

ORDERS = Source("orders", (("id", INT), ("at", struct(("city",), (STRING,)))), ("a.b.orders", "b.orders"))


@pytest.mark.parametrize("said", ["id", "ID", "orders.id", "b.orders.id", "a.b.Orders.Id"])
def test_a_column_by_its_names(said: str) -> None:
    found = Scope((ORDERS,)).find(said.split("."))
    assert found is not None
    assert found.sql == '"orders"."id"'


def test_a_field_of_a_column() -> None:
    found = Scope((ORDERS,)).find(["orders", "at", "CITY"])
    assert found is not None
    assert (found.sql, found.type) == ('struct_extract("orders"."at", \'city\')', STRING)


def test_nothing_has_the_name() -> None:
    assert Scope((ORDERS,)).find(["x"]) is None
    assert Scope((ORDERS,)).find(["b", "id"]) is None


def test_a_name_of_two_columns_is_refused() -> None:
    with pytest.raises(QueryError, match=r"say which, as orders\.id"):
        Scope((ORDERS, Source("o", (("id", INT),)))).find(["id"])


def test_the_scope_around_is_asked_last() -> None:
    inner = Scope((Source("i", (("x", INT),)),), around=Scope((ORDERS,)))
    found = inner.find(["id"])
    assert found is not None
    assert inner.find_here(["id"]) is None


def test_the_place_of_a_name() -> None:
    assert place_of(parse_one("select\n  abc", read="databricks").selects[0]) == "line 2, column 3: "
