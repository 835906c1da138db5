import json

import pytest

from lakemesh.query import read_sql
from lakemesh.query.look import ddl_of
from lakemesh.spec.loader import Mesh


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
