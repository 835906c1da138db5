"""What a view gives; what it reads in vain is in wrong.yml."""

from __future__ import annotations

from typing import Any

VIEW = """  dear:
    kind: view
    sql: |
      with big as (select * from Orders where amount > 10)
      select order_id, cast(amount as double) as price from big
{schema}
"""
CONSUMER = "inputPorts:\n  dear: {kind: product, product: shop.orders, port: dear, where: %s}\n"


def _changes(schema: str, where: str) -> list[tuple[str, str, str]]:
    orders = "  orders: {kind: product, product: shop.orders, port: orders, where: amount > 0}\n"
    return [
        ("product", "  ranks:\n    from", VIEW.format(schema=schema) + "  ranks:\n    from"),
        ("daily", orders, orders + CONSUMER.partition("\n")[2] % where),
    ]


def test_a_view_is_read_by_the_columns_of_its_query(find: Any) -> None:
    assert find(*_changes("", "price > 1")) == []


def test_its_schema_says_what_its_consumers_see(find: Any) -> None:
    schema = "    schema: [{name: order_id, logicalType: string}, {name: price, logicalType: number}]"
    (one,) = find(*_changes(schema, "amount > 1"))
    assert one.message.startswith("there is no column 'amount' in 'dear'. Known: order_id, price.")
