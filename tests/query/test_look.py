import json
from collections.abc import Callable

import pytest

from lakemesh.query import read_sql
from lakemesh.query.look import ddl_of
from lakemesh.spec.loader import Mesh, load_mesh


def test_show_tables_tells_which_are_written(mesh: Mesh) -> None:
    answer = read_sql(mesh, "SHOW TABLES;")
    assert answer.columns == ("domain", "product", "port", "written")
    assert ("checkout", "orders", "orders", True) in answer.rows
    assert ("cart", "carts", "carts_v2", False) in answer.rows
    assert ("cart", "_ops", "ledger", False) in answer.rows


def test_describe_tells_spark_s_types(mesh: Mesh) -> None:
    answer = read_sql(mesh, "describe checkout.orders.orders")
    assert dict((name, kind) for name, kind, _ in answer.rows) == {
        "order_id": "string",
        "amount": "decimal(12,2)",
        "updated_at": "timestamp",
        "customer": "struct<email:string>",
        "lines": "array<string>",
        "at": "bigint",
    }


def test_views_are_there_like_tables(open_mesh: Callable[[str], Mesh]) -> None:
    root = open_mesh("UTC").root
    product = root / "bundles" / "checkout" / "orders" / "product.yml"
    view = """  dear:
    kind: view
    sql: select order_id, amount * 2 as twice from orders where amount > 5
    schema:
      - {name: order_id, logicalType: string, description: The order.}
      - {name: twice, logicalType: number}
"""
    product.write_text(product.read_text(encoding="utf-8") + view, encoding="utf-8")
    mesh = load_mesh(root).require()
    assert ("checkout", "orders", "dear", True) in read_sql(mesh, "show tables").rows
    assert read_sql(mesh, "describe checkout.orders.Dear").rows == (
        ("order_id", "string", "The order."),
        ("twice", "decimal(14,2)", None),
    )


@pytest.mark.parametrize(
    ("kind", "ddl"),
    [
        ('"integer"', "int"),
        (
            '{"type": "map", "keyType": "string", "valueType": "short", "valueContainsNull": true}',
            "map<string,smallint>",
        ),
    ],
)
def test_a_delta_type_becomes_ddl(kind: str, ddl: str) -> None:
    assert ddl_of(json.loads(kind)) == ddl
