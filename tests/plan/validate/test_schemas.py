from __future__ import annotations

from pathlib import Path

from lakemesh.names import parse_product
from lakemesh.plan.validate.schemas import said_columns
from lakemesh.spec.columns import SchemaRef
from lakemesh.spec.loader import load_mesh


def test_where_the_columns_of_a_port_were_said(base: Path) -> None:
    product = load_mesh(base).require().get(parse_product("shop.orders"))
    ports = product.spec.output_ports

    def places(port: str) -> list[object]:
        return [path for path, _ in said_columns(product, "outputPorts", port, ports[port].schema_)]

    assert places("orders")[:2] == [
        ("outputPorts", "orders", "schema", 0),
        ("outputPorts", "orders", "schema", 1),
    ]
    assert places("ranks") == [
        ("outputPorts", "ranks", "schema", "order_id"),
        ("outputPorts", "ranks", "schema", "rank"),
    ]
    ref = SchemaRef(ref="order", without=("amount", "customer", "lines"))
    assert [path for path, _ in said_columns(product, "inputPorts", "events", ref)] == [
        ("schemas", "order", 0),
        ("schemas", "order", 4),
    ]
    assert list(said_columns(product, "outputPorts", "orders", None)) == []
